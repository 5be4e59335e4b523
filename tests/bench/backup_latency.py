"""What a guest notices of a backup: the latency of its writes while all of its disk is copied."""

import os
import shutil
import statistics
import time

import cold
import fio
import vdfs
from aims import Aim
from contestants import IMAGE, random_file
from processes import Failed, start, stop
from served import Served
from turns import in_turns

IMAGE_BYTES = 512 * 2**20
A_SECOND = 1000
ALONE = 1.5   # seconds, where nothing is copied
LIMIT = 120
WRITE = ("--rw=randwrite", "--bs=4k", "--ioengine=libaio", "--iodepth=1", "--norandommap", f"--rate_iops={A_SECOND}")
STRAIGHT = ("--direct=1",)
CACHED = ("--direct=0", "--invalidate=0")
COPIED = "a bare file while `cp` copies it"
BACKED_UP = "VdFs during `vdfs backup`"


def measure(options, place, outcome):
    """Adds to `outcome`."""
    bare, images = f"{place.directory}/bare", f"{place.directory}/images"
    for folder in (bare, images):
        os.makedirs(folder)
        random_file(f"{folder}/{IMAGE}", IMAGE_BYTES)
    with Served(place) as served:
        mount = served.vdfs(images)
        target = f"{place.directory}/target"
        copy = ["cp", f"{bare}/{IMAGE}", target]
        backup = [f"{vdfs.SCRIPTS}/vdfs", "backup", mount, target, "--init"]
        ways = {
            "a bare file": (f"{bare}/{IMAGE}", STRAIGHT, None),
            COPIED: (f"{bare}/{IMAGE}", STRAIGHT, copy),
            COPIED + ", through the page cache": (f"{bare}/{IMAGE}", CACHED, copy),
            "VdFs": (f"{mount}/{IMAGE}", STRAIGHT, None),
            BACKED_UP: (f"{mount}/{IMAGE}", STRAIGHT, backup),
        }
        for path, how, _ in ways.values():
            fio.job((*WRITE[:-1], *how), path, 1, LIMIT)  # the compiler's time
        found = in_turns(options.runs, ways, lambda way: _latencies(place.directory, [bare, images], target, *way))
    medians = {title: [statistics.median(values) for values in zip(*runs, strict=True)] for title, runs in found.items()}
    outcome.lines += [
        "", f"A guest's writes, 4 KiB at depth 1, {A_SECOND} a second, O_DIRECT unless said otherwise, to an image of {IMAGE_BYTES >> 20} MiB on {place.title}; "
        f"what copies it begins with a cold cache. Median of {options.runs} interleaved runs:",
        "", "| | median | p99 | p99.9 | the copy took |", "|---|---:|---:|---:|---:|"]
    for title, (half, p99, p999, seconds) in medians.items():
        outcome.lines.append(f"| {title} | {half:,.0f} µs | {p99:,.0f} µs | {p999:,.0f} µs | {f'{seconds:.1f} s' if seconds else ''} |")
    outcome.aims.append(Aim(f"{place.name}: p99 of writes during `vdfs backup`, of those to a bare file that `cp` copies",
                            "", 1.0, medians[BACKED_UP][1] / medians[COPIED][1], at_most=True))


def _latencies(directory, folders, target, path, how, copy):
    """Median, 99th and 99.9th percentile in microseconds, and how many seconds the copy took."""
    for folder in folders:
        cold.forget(folder, path)
    if copy is None:
        return [*_percentiles(fio.job((*WRITE, *how), path, ALONE, LIMIT, latencies=True)), 0]
    took = None

    def copied():
        nonlocal took
        begin = time.monotonic()
        process = start(copy, f"{directory}/copy.log")
        try:
            process.wait(LIMIT)
        finally:
            stop(process)
        took = time.monotonic() - begin
        if process.returncode != 0:
            raise Failed(f"{copy[0]} ended with {process.returncode}")

    done = fio.job_during((*WRITE, *how), path, copied, LIMIT)
    if os.path.isdir(target):
        shutil.rmtree(target)
    else:
        os.unlink(target)
    return [*_percentiles(done), took]


def _percentiles(done):
    percentile = done["write"]["lat_ns"]["percentile"]
    return [percentile[name] / 1000 for name in ("50.000000", "99.000000", "99.900000")]
