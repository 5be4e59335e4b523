"""Part guests: how long a guest takes to boot from its image and for a load on its disk."""

import os
import shutil
import statistics
import subprocess

import cold
import guest
import places
import vdfs
from outcome import Outcome
from processes import Failed
from served import Served
from turns import in_turns, spread

NAME = "guests"
HELP = "boot time and a disk load of a QEMU guest, on the mount and on the bare directory"

ROOM = 4 * 2**30
PLACE = "/var/tmp"
MOST_RUNS = 3  # each takes a quarter of a minute
CACHES = ("none", "writeback")
BARE = "the bare directory"
HELD = "VdFs, a snapshot just made"


def run(options, say):
    """Measures on the disk, where guests' images usually are."""
    outcome = Outcome()
    try:
        vdfs.build()
        with places.place(PLACE, ROOM) as place:
            say(f"guests on {place.title}")
            _measure(options, place, outcome)
    except (Failed, OSError, subprocess.SubprocessError) as error:
        outcome.failures.append(f"guests: {error}")
    print("\n".join(outcome.lines), flush=True)
    return outcome


def _measure(options, place, outcome):
    kernel, modules = guest.kernel()
    initramfs = guest.initramfs(place.directory, modules)
    bare, images = f"{place.directory}/bare", f"{place.directory}/images"
    os.makedirs(bare)
    os.makedirs(images)
    guest.disk(place.directory, modules, f"{bare}/{guest.DISK}")
    shutil.copyfile(f"{bare}/{guest.DISK}", f"{images}/{guest.DISK}")
    with Served(place) as served:
        mount = served.vdfs(images)

        def seconds(way):
            folder, cache, cut = way
            cold.forget(bare)
            cold.forget(images, f"{mount}/{guest.DISK}")
            if cut:
                os.mkdir(f"{mount}/.snapshots/cut")
            try:
                return guest.boot(f"{folder}/{guest.DISK}", cache, kernel, initramfs)
            finally:
                if cut:
                    vdfs.end_snapshot(mount, "cut")

        for cache in CACHES:
            ways = {BARE: (bare, cache, False), "VdFs": (mount, cache, False), HELD: (mount, cache, True)}
            _table(place, cache, in_turns(min(options.runs, MOST_RUNS), ways, seconds), outcome)


def _table(place, cache, found, outcome):
    runs = len(found[BARE])
    outcome.lines += [
        "", f"A guest under QEMU without KVM, its disk on {place.title} with cache={cache}, cache cold, median of {runs} interleaved runs: until all files of its system were read; "
        "then 64 MiB written and synced, 4,096 direct writes of 4 KiB and as many reads, and its system copied and removed:",
        "", "| | boot | of bare | load | of bare | spread of the load |", "|---|---:|---:|---:|---:|---:|"]
    base = [statistics.median(values) for values in zip(*found[BARE], strict=True)]
    for title, measured in found.items():
        boot, load = (statistics.median(values) for values in zip(*measured, strict=True))
        outcome.lines.append(f"| {title} | {boot:.1f} s | {boot / base[0]:.2f} | {load:.1f} s | {load / base[1]:.2f} | ±{spread([one[1] for one in measured]):.0%} |")
