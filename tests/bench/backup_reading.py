"""How fast a snapshot's view is read for a backup: several images at once, from a cold cache."""

import os
import statistics

import cold
import fio
from aims import Aim
from contestants import random_file
from served import Served
from turns import in_turns, spread

IMAGES = 4
IMAGE_BYTES = 256 * 2**20
OVERWRITTEN = 0.05  # of the images whose view has pre-images in it
AIM = 0.9           # of the files' own rate
LIMIT = 300
READ = ("--rw=read", "--bs=1m", "--ioengine=psync", "--direct=0", "--invalidate=0")
FILES = "the files themselves"


def measure(options, place, outcome):
    """Adds to `outcome`."""
    images = f"{place.directory}/images"
    os.makedirs(images)
    same, changed = ([f"{kind}{number}.img" for number in range(IMAGES)] for kind in ("same", "changed"))
    for name in same + changed:
        random_file(f"{images}/{name}", IMAGE_BYTES)
    with Served(place) as served:
        mount = served.vdfs(images)
        view = f"{mount}/.snapshots/held"
        os.mkdir(view)
        for name in changed:
            fio.job(("--rw=randwrite", "--bs=4k", "--ioengine=libaio", "--direct=1", "--iodepth=16", f"--io_size={int(IMAGE_BYTES * OVERWRITTEN)}"),
                    f"{mount}/{name}", None, LIMIT)
        ways = {
            FILES: _below(images, same),
            "passthrough_ll, cache=always, clone_fd": _below(served.passthrough_ll(images), same),
            "qemu-storage-daemon, read-only": served.qemu_exports(_below(images, same)),
            "VdFs, a snapshot's view, nothing written since": _below(view, same),
            f"VdFs, a snapshot's view, {OVERWRITTEN:.0%} written since in random blocks": _below(view, changed),
        }
        found = in_turns(options.runs, ways, lambda paths: _rate(images, paths))
    base = statistics.median(found[FILES])
    outcome.lines += [
        "", f"{IMAGES} images of {IMAGE_BYTES >> 20} MiB read at once in pieces of 1 MiB, cache cold, on {place.title}, median of {options.runs} interleaved runs:",
        "", "| | MiB/s | of the files' own | spread |", "|---|---:|---:|---:|"]
    for title, rates in found.items():
        rate = statistics.median(rates)
        outcome.lines.append(f"| {title} | {rate:,.0f} | {rate / base:.2f} | ±{spread(rates):.0%} |")
        if title.startswith("VdFs"):
            outcome.aims.append(Aim(f"{place.name}: view read for a backup, cache cold, of the file itself", title.rpartition("view, ")[2], AIM, rate / base))


def _below(folder, names):
    return [f"{folder}/{name}" for name in names]


def _rate(images, paths):
    cold.forget(images, *paths)
    done = fio.job(READ, paths, None, LIMIT)["read"]
    return done["io_bytes"] / 2**20 / (done["runtime"] / 1000)
