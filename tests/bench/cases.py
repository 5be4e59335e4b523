"""What is measured: the cases of DESIGN.md's section Speed, as fio jobs."""

from dataclasses import dataclass

STEADY = "steady"      # the same blocks again and again, O_DIRECT, limited by time
TOUCH = "touch"        # every block once, O_DIRECT, limited by size; a fresh cut per run
BUFFERED = "buffered"  # through the page cache, against passthrough_ll with cache=always
VIEW = "view"          # a snapshot's view through the page cache, against the file itself
FILES = "files"        # as STEADY, by four clients with a file each

COPY_CLUSTER = 64 * 1024  # what qemu's copy-before-write copies at a time
CLIENTS = 4


@dataclass(frozen=True)
class Case:
    """
    One measurement. `args` are fio's; `stride` is the distance of writes that each lie in a cluster of their own, or 0.
    `core`: of DESIGN.md's table, in which also those take part that only give the others a context.
    """

    name: str
    title: str
    kind: str
    unit: str
    args: tuple
    stride: int = 0
    timed: bool = True
    core: bool = False

    def rate(self, operations, size, seconds):
        """Operations per second, or MiB/s where the operation is a large one."""
        return (operations if self.unit == "ops/s" else size / 2**20) / seconds


def _job(rw, block, depth, *more):
    return (f"--rw={rw}", f"--bs={block}", "--ioengine=libaio", "--direct=1", f"--iodepth={depth}", *more)


def _buffered(rw, block):
    return (f"--rw={rw}", f"--bs={block}", "--ioengine=psync", "--direct=0", "--invalidate=0", "--norandommap")


def _steady(name, title, rw, depth, *more, kind=STEADY, core=False):
    return Case(name, title, kind, "ops/s", _job(rw, "4k", depth, "--norandommap", *more), core=core)


def _many(prefix, of, kind, *more):
    """Four clients at once, at depth 1 and 4 each."""
    return [_steady(f"{prefix}-{way}-{depth}", f"{CLIENTS} clients {of}, {way}, depth {depth} each", f"rand{way}", depth, *more, kind=kind)
            for depth in (1, 4) for way in ("read", "write")]


def cases(quick, image_bytes):
    """All cases of a run, in the order of the table."""
    once = (64 if quick else 256) * 2**20
    large = 256 * 2**20 if quick else image_bytes
    table = [
        _steady("read-1", "read, depth 1", "randread", 1, core=True),
        _steady("write-1", "write, depth 1", "randwrite", 1, core=True),
        _steady("read-16", "read, depth 16", "randread", 16, core=True),
        _steady("write-16", "write, depth 16", "randwrite", 16, core=True),
        Case("read-1m", "read 1 MiB", STEADY, "MiB/s", _job("read", "1m", 4), core=True),
        Case("write-1m", "write 1 MiB", STEADY, "MiB/s", _job("write", "1m", 4), core=True),
    ]
    more = [
        _steady("mixed-16", "70/30 mix, depth 16", "randrw", 16, "--rwmixread=70"),
        _steady("read-64", "read, depth 64", "randread", 64),
        _steady("write-64", "write, depth 64", "randwrite", 64),
        Case("read-64k", "read 64 KiB, depth 4", STEADY, "MiB/s", _job("randread", "64k", 4, "--norandommap")),
        Case("write-64k", "write 64 KiB, depth 4", STEADY, "MiB/s", _job("randwrite", "64k", 4, "--norandommap")),
        *_many("clients", "of one file", STEADY, f"--numjobs={CLIENTS}"),
        *_many("files", "with a file each", FILES),
    ]
    touch = [
        Case("touch-16", "first touch 4 KiB, depth 16", TOUCH, "ops/s",
             _job("randwrite", "4k", 16, f"--io_size={once}"), timed=False, core=True),
        Case("touch-64k", "first touch, one 4 KiB write per 64 KiB", TOUCH, "ops/s",
             _job(f"write:{COPY_CLUSTER // 1024 - 4}k", "4k", 16, f"--io_size={image_bytes // 16}"),
             stride=COPY_CLUSTER, timed=False, core=True),
        Case("touch-1m", "first touch 1 MiB, depth 4", TOUCH, "MiB/s",
             _job("write", "1m", 4, f"--io_size={large}"), timed=False, core=True),
    ]
    cached = [
        Case("buffered-read", "random read 4 KiB", BUFFERED, "ops/s", _buffered("randread", "4k")),
        Case("buffered-write", "random write 4 KiB", BUFFERED, "ops/s", _buffered("randwrite", "4k")),
        Case("buffered-read-1m", "read 1 MiB", BUFFERED, "MiB/s", _buffered("read", "1m")),
        Case("buffered-write-1m", "write 1 MiB", BUFFERED, "MiB/s", _buffered("write", "1m")),
        Case("buffered-clients-read", f"{CLIENTS} clients, random read 4 KiB", BUFFERED, "ops/s", (*_buffered("randread", "4k"), f"--numjobs={CLIENTS}")),
        Case("buffered-clients-write", f"{CLIENTS} clients, random write 4 KiB", BUFFERED, "ops/s", (*_buffered("randwrite", "4k"), f"--numjobs={CLIENTS}")),
        Case("view-read", "random read 4 KiB", VIEW, "ops/s", _buffered("randread", "4k")),
        Case("view-read-1m", "read 1 MiB", VIEW, "MiB/s", _buffered("read", "1m")),
    ]
    return table + touch if quick else table + more + touch + cached
