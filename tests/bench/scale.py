"""What many images, large images and many checkpoints cost: `scale.sh [--images N] [--directories N] [--blocks N] [--backing DIR] …`."""

import argparse
import os
import random
import signal
import statistics
import sys
import tempfile
import time

import fio
import mounts
import passthrough_ll
import vdfs
from folders import remove
from mounts import Connections
from processes import Failed, run, start, stop

IMAGE = 2**40                  # of each image, sparse
LARGE = 15 * 2**40
BLOCK = 4096
REGION = 126 * 2**20           # of a large image, behind one page of its record
AIMS = {"mount": 2.0, "memory": 150.0, "tree": 1.5, "changes": 1.0}


def resident(pids):
    """Resident memory of the processes in MiB: pages that they share counted once, and what is their own alone."""
    each = []
    for pid in pids:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as numbers:
            fields = {line.split()[0]: int(line.split()[1]) for line in numbers if line.endswith("kB\n")}
        each.append((fields["Rss:"], fields["Private_Clean:"] + fields["Private_Dirty:"]))
    # The smaller one, the supervisor, maps nothing that the other doesn't: programs and libraries.
    each.sort(reverse=True)
    own = sum(private for _, private in each)
    return (each[0][0] + sum(private for _, private in each[1:])) / 1024, own / 1024


class Scale:
    """One backing directory, mounted by VdFs and by passthrough_ll."""

    def __init__(self, directory, options, connections):
        self.directory, self.options, self.connections = directory, options, connections
        self.images, self.mount, self.peer = f"{directory}/images", f"{directory}/mount", f"{directory}/peer"
        self.servers, self.process = None, None
        self.reached = True

    def tell(self, what, value, unit, aim=None):
        """One line; an aim that is missed is remembered."""
        print(f"{what:<58}{value:10,.2f} {unit}" + (f"   aim {aim:g}{'' if value < aim else '   MISSED'}" if aim else ""), flush=True)
        if aim and value >= aim:
            self.reached = False

    def make(self):
        for folder in (self.images, self.mount, self.peer):
            os.mkdir(folder)
        for number in range(self.options.images):
            folder = f"{self.images}/group{number % self.options.directories}"
            os.makedirs(folder, exist_ok=True)
            with open(f"{folder}/disk{number}.img", "wb") as file:
                file.truncate(IMAGE)

    def mount_once(self):
        """Seconds until the mount serves."""
        begin = time.monotonic()
        self.servers = []
        run([f"{vdfs.SCRIPTS}/mount.sh", self.images, self.mount], 120)
        took = time.monotonic() - begin
        self.servers = vdfs.serving(self.mount)
        return took

    def unmount(self):
        if self.servers is not None:
            vdfs.unmount(self.mount, self.servers, self.connections)
            self.servers = None

    def end(self):
        self.unmount()
        if self.process:
            mounts.unmount(self.peer)
            stop(self.process)

    def start_peer(self):
        program = passthrough_ll.build(self.directory, cached=False)
        log = f"{self.directory}/peer.log"
        self.process = start([program, "-f", "-o", f"source={self.images},cache=auto", "-o", "clone_fd", self.peer], log)
        mounts.wait_for(self.peer, self.process, log)

    def memory(self, when):
        total, own = resident(self.servers)
        self.tell(f"memory {when}", total, "MiB", AIMS["memory"])
        return own

    def measure_mounts(self):
        """The first mount knows nothing of the images; later ones find them in the catalog."""
        self.tell("first mount", self.mount_once(), "s", AIMS["mount"])
        empty = self.memory("after the first mount")
        begin = time.monotonic()
        os.mkdir(f"{self.mount}/.snapshots/first")
        self.tell(f"first cut of {self.options.images:,} images", time.monotonic() - begin, "s")
        self.tell("  of which writers were held", vdfs.field(self.mount, "lastCutMilliseconds"), "ms")
        held = self.memory("with a snapshot held")
        self.tell("  per image", (held - empty) * 1024 / self.options.images, "KiB")
        os.rmdir(f"{self.mount}/.snapshots/first")
        took = []
        for _ in range(self.options.rounds):
            self.unmount()
            took.append(self.mount_once())
        self.tell("mount, all images known", statistics.median(took), "s", AIMS["mount"])
        self.memory("after the mount")

    def measure_tree(self):
        """stat of every image, and a listing of every directory, with nothing cached; taking turns."""
        self.start_peer()
        paths = [os.path.relpath(os.path.join(folder, name), self.images)
                 for folder, names, files in os.walk(self.images) if "/.vdfs" not in folder for name in files]

        def lookup(root):
            for path in paths:
                os.stat(f"{root}/{path}")

        def listing(root):
            return sum(len(files) for _, _, files in os.walk(root))

        for name, work in (("stat of all", lookup), ("listing of all", listing)):
            times = {self.mount: [], self.peer: []}
            for turn in range(self.options.rounds + 1):
                for root, taken in times.items():
                    forget_names()
                    begin = time.monotonic()
                    work(root)
                    if turn:
                        taken.append(time.monotonic() - begin)
            mine, other = (statistics.median(times[root]) for root in (self.mount, self.peer))
            print(f"{name}: {mine * 1000:,.0f} ms, passthrough_ll {other * 1000:,.0f} ms")
            self.tell(f"{name}, against passthrough_ll", mine / other, "×", AIMS["tree"])
        self.memory("with all images looked up")

    def measure_large(self):
        """A large image, written at random."""
        path = f"{self.mount}/large.img"
        with open(path, "wb") as file:
            file.truncate(LARGE)
        _, before = resident(self.servers)
        begin = time.monotonic()
        self.scatter("large.img", self.options.blocks)
        took = time.monotonic() - begin
        total, after = resident(self.servers)
        regions = LARGE / REGION * (1 - (1 - REGION / LARGE) ** self.options.blocks)
        self.tell(f"{self.options.blocks:,} blocks at random in 15 TiB", took, "s")
        self.tell("memory after it", total, "MiB")
        self.tell("  per block", (after - before) * 2**20 / self.options.blocks, "bytes")
        self.tell("  per region of 126 MiB that was written to", (after - before) * 2**20 / regions, "bytes")

    def scatter(self, name, blocks):
        fio.job(("--rw=randwrite", "--bs=4k", f"--io_size={blocks * BLOCK}", "--iodepth=16", "--ioengine=libaio", "--direct=1", "--norandommap", "--randrepeat=0",
                 "--random_generator=tausworthe64"), f"{self.mount}/{name}", None, 4000)

    def measure_checkpoints(self):
        """Checkpoints, and what changed since the oldest."""
        chance = random.Random(1)
        group = f"{self.mount}/group0"
        image = sorted(os.listdir(group))[0]
        _, before = resident(self.servers)
        cuts = []
        for number in range(self.options.checkpoints):
            with open(f"{group}/{image}", "r+b", buffering=0) as file:
                for _ in range(self.options.between):
                    os.pwrite(file.fileno(), b"x" * BLOCK, chance.randrange(IMAGE // BLOCK) * BLOCK)
            begin = time.monotonic()
            os.mkdir(f"{self.mount}/.snapshots/n{number}")
            cuts.append(time.monotonic() - begin)
            os.rmdir(f"{self.mount}/.snapshots/n{number}")
        _, after = resident(self.servers)
        self.tell("a cut", statistics.median(cuts) * 1000, "ms")
        self.tell("memory per checkpoint", (after - before) * 1024 / self.options.checkpoints, "KiB")
        took = []
        for _ in range(self.options.rounds):
            begin = time.monotonic()
            output = run([f"{vdfs.SCRIPTS}/vdfs", "changes", f"{self.mount}/group0/{image}", "--from", "n0", "--json"], 60)
            took.append(time.monotonic() - begin)
        self.tell(f"vdfs changes over {self.options.checkpoints} checkpoints, {output.count('start'):,} ranges", statistics.median(took), "s", AIMS["changes"])
        size = os.path.getsize(f"{self.images}/.vdfs/catalog.db") if os.path.exists(f"{self.images}/.vdfs/catalog.db") else 0
        if size:
            self.tell("catalog", size / 2**20, "MiB")
        self.memory(f"with {self.options.checkpoints} checkpoints")
        took = []
        for _ in range(self.options.rounds):
            self.unmount()
            took.append(self.mount_once())
        self.tell(f"mount with {self.options.checkpoints} checkpoints", statistics.median(took), "s", AIMS["mount"])


def forget_names():
    """Has the kernel drop the names and inodes that it remembers."""
    with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as file:
        file.write("2")


def main():
    parser = argparse.ArgumentParser(prog="tests/bench/scale.sh", description="Measures what many images, a large one and many checkpoints cost. "
                                     "Exit code: 0 all aims reached, 1 not, 2 can't tell.")
    parser.add_argument("--images", type=int, default=10000)
    parser.add_argument("--directories", type=int, default=1000)
    parser.add_argument("--blocks", type=int, default=3_600_000, help="written at random to an image of 15 TiB: an hour at 1,000 a second")
    parser.add_argument("--checkpoints", type=int, default=100)
    parser.add_argument("--between", type=int, default=100, help="blocks that are written between two checkpoints")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=("mounts", "tree", "large", "checkpoints"), action="append")
    parser.add_argument("--backing", default="/dev/shm", metavar="DIR")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    directory = tempfile.mkdtemp(prefix="vdfs-scale.", dir=options.backing)
    scale = connections = None
    try:
        vdfs.build()
        connections = Connections(f"{directory}/connections")
        scale = Scale(directory, options, connections)
        scale.make()
        for part, measure in (("mounts", scale.measure_mounts), ("tree", scale.measure_tree), ("large", scale.measure_large), ("checkpoints", scale.measure_checkpoints)):
            if options.only and part not in options.only:
                continue
            if scale.servers is None and part != "mounts":
                scale.mount_once()
            measure()
    except (Failed, OSError) as error:
        print(f"scale: {error}", file=sys.stderr)
        return 2
    finally:
        if scale:
            scale.end()
        if connections:
            connections.close()
        remove(directory)
    return 0 if scale.reached else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
