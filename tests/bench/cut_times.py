"""How long a cut holds writers, and what many images cost in memory: `cuts.sh [--images N] [--cuts N] [--backing DIR]`."""

import argparse
import os
import random
import signal
import sys
import tempfile
import time

import vdfs
from folders import remove
from mounts import Connections
from processes import Failed

SIZE = 2**40          # of each image, sparse
WRITTEN_BETWEEN = 50  # images written between two cuts
NEEDED = 20           # milliseconds at the 99th percentile
BLOCK = 4096


def percentile(values, part):
    """Of a sorted list."""
    return values[min(len(values) - 1, int(len(values) * part))]


def resident(pids):
    """Resident memory of the processes, in bytes."""
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/statm", encoding="ascii") as numbers:
            total += int(numbers.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return total


def cut_again_and_again(mount, images, cuts):
    """Milliseconds that the gate was closed and that `mkdir` took, both sorted."""
    chance = random.Random(1)
    gate, whole = [], []
    for number in range(cuts):
        for image in chance.sample(range(images), min(WRITTEN_BETWEEN, images)):
            with open(f"{mount}/disk{image}.img", "r+b", buffering=0) as file:
                file.seek(chance.randrange(SIZE // BLOCK) * BLOCK)
                file.write(os.urandom(BLOCK))
        begin = time.monotonic()
        os.mkdir(f"{mount}/.snapshots/c{number}")
        whole.append((time.monotonic() - begin) * 1000)
        gate.append(vdfs.field(mount, "lastCutMilliseconds"))
        vdfs.end_snapshot(mount, f"c{number}")
    return sorted(gate), sorted(whole)


def main():
    parser = argparse.ArgumentParser(prog="tests/bench/cuts.sh", description="Measures how long a cut holds writers. "
                                     f"Exit code: 0 below {NEEDED} ms at the 99th percentile, 1 not, 2 can't tell.")
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--cuts", type=int, default=100)
    parser.add_argument("--backing", default="/dev/shm", metavar="DIR")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    directory = tempfile.mkdtemp(prefix="vdfs-cuts.", dir=options.backing)
    mount = f"{directory}/mount"
    connections = servers = None
    try:
        vdfs.build()
        connections = Connections(f"{directory}/connections")
        os.mkdir(mount)
        os.mkdir(f"{directory}/images")
        for number in range(options.images):
            with open(f"{directory}/images/disk{number}.img", "wb") as file:
                file.truncate(SIZE)
        servers = []
        servers = vdfs.mount(f"{directory}/images", mount)
        gate, whole = cut_again_and_again(mount, options.images, options.cuts)
        memory = resident(servers)
    except (Failed, OSError) as error:
        print(f"cuts: {error}", file=sys.stderr)
        return 2
    finally:
        if servers is not None:
            vdfs.unmount(mount, servers, connections)
        if connections:
            connections.close()
        remove(directory)
    for name, values in (("writers held", gate), ("mkdir", whole)):
        print(f"{name + ':':<16}{percentile(values, 0.5):8.1f} ms median {percentile(values, 0.99):8.1f} ms p99 {values[-1]:8.1f} ms longest")
    print(f"{'memory:':<16}{memory / 2**20:8.0f} MiB after {options.cuts} cuts of {options.images} images of 1 TiB")
    return 0 if percentile(gate, 0.99) < NEEDED else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
