"""No gen-0 collection during steady reads and writes: `gc.sh [--seconds S] [--backing DIR]`."""

import argparse
import os
import signal
import sys
import tempfile

import fio
import vdfs
from cases import STEADY
from contestants import Arena
from folders import filesystem, remove
from mounts import Connections
from processes import Failed

IMAGE_BYTES = 256 * 2**20
WARMUP = 3  # seconds, for the compiler


def steady(path, seconds):
    """Random reads and writes of 4 KiB to 64 KiB; returns fio's figures."""
    return fio.job(("--rw=randrw", "--bsrange=4k-64k", "--iodepth=16", "--ioengine=libaio", "--direct=1", "--norandommap"),
                   path, seconds, seconds * 3 + 30)


def main():
    parser = argparse.ArgumentParser(prog="tests/bench/gc.sh", description="Counts garbage collections of VdFs under steady reads and writes. "
                                     "Exit code: 0 none, 1 some, 2 can't tell.")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--backing", default="/dev/shm", metavar="DIR")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    directory = tempfile.mkdtemp(prefix="vdfs-gc.", dir=options.backing)
    connections = server = None
    try:
        connections = Connections(f"{directory}/connections")
        server = vdfs.VdFs("vdfs", "VdFs", vdfs.TRACKING, (STEADY,))
        server.build()
        server.start(Arena(f"{directory}/arena", IMAGE_BYTES, connections, filesystem(options.backing) != "tmpfs"))
        steady(server.path, WARMUP)
        before = vdfs.field(server.mount, "gen0Collections")
        done = steady(server.path, options.seconds)
        after = vdfs.field(server.mount, "gen0Collections")
    except (Failed, OSError) as error:
        print(f"gc: {error}", file=sys.stderr)
        return 2
    finally:
        if server:
            server.stop()
        if connections:
            connections.close()
        remove(directory)
    operations = done["read"]["total_ios"] + done["write"]["total_ios"]
    print(f"{after - before} gen-0 collections in {options.seconds} s, {operations:,} reads and writes")
    return 0 if after == before else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
