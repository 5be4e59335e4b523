"""Part main: VdFs beside its peers, case by case."""

import os

import aims
import bare_loop
import passthrough_ll
import places
import qemu_export
import report
import vdfs
from cases import FILES, TOUCH, cases
from contestants import Arena, TheFile, TheFileCached
from measuring import Run
from outcome import Outcome
from processes import Failed

NAME = "main"
HELP = "VdFs, libfuse's passthrough_ll, qemu-storage-daemon's export and the file itself, in all cases"

IMAGE_BYTES = 2**30
QUICK_BUDGET = 114   # seconds; ending everything takes some more
ROOM = 15 * 2**30    # images, copies of pre-images and state of all contestants together
ROOM_TOUCH = 8 * 2**30
FOLDERS = ["/dev/shm", "/var/tmp"]


def everyone():
    """All contestants, new ones."""
    return [TheFile(), TheFileCached(), *passthrough_ll.all_ways(), *qemu_export.all_states(), *bare_loop.all_ways(), *vdfs.all_states()]


def all_cases(options):
    """All cases."""
    return cases(options.quick, IMAGE_BYTES)


def backings(options):
    """Where to measure."""
    return options.backing or (FOLDERS[:1] if options.quick else [*FOLDERS, *places.KINDS])


def chosen_cases(options, backing):
    """Those asked for; on a filesystem made for this only first touch, where filesystems differ."""
    chosen = [case for case in all_cases(options) if options.cases is None or case.name in options.cases]
    touch = [case for case in chosen if case.kind == TOUCH]
    return touch if backing in places.KINDS and touch else chosen


def chosen_contestants(options, wanted, backing):
    """Those asked for that take part in one of the cases; on a filesystem made for this only those that are compared, if none was asked for."""
    if options.only is not None:
        chosen = [one for one in everyone() if one.name in options.only]
    else:
        chosen = [one for one in everyone() if (one.quick or not options.quick) and not (one.context and backing in places.KINDS)]
    return [one for one in chosen if any(one.takes(case) for case in wanted)]


def run(options, say):
    """Measures on one backing filesystem after the other."""
    outcome = Outcome()
    for backing in backings(options):
        wanted = chosen_cases(options, backing)
        room = ROOM_TOUCH if all(case.kind == TOUCH for case in wanted) else ROOM
        try:
            with places.place(backing, room) as place:
                _on(place, options, wanted, outcome, say)
        except (Failed, OSError) as error:
            outcome.failures.append(f"{backing}: {error}")
    return outcome


def _on(place, options, wanted, outcome, say):
    say(f"measuring on {place.title}")
    chosen = chosen_contestants(options, wanted, place.name)
    run_ = Run(chosen, wanted, options.runs, options.runtime, QUICK_BUDGET if options.as_time_allows else None, say)
    several = any(case.kind == FILES for case in wanted)
    arena = Arena(f"{place.directory}/arena", IMAGE_BYTES, place.connections, place.kind != "tmpfs", several)
    try:
        run_.measure(arena)
    except OSError as error:
        run_.failures.append(str(error))
    found = aims.judge(run_.results, wanted, place.name, place.kind in aims.SHARING)
    print("\n" + "\n".join(report.terminal(run_, wanted, chosen, place.title)))
    print("\n" + "\n".join(aims.details(found)), flush=True)
    outcome.lines += ["", *report.markdown(run_, wanted, chosen, place.title)]
    outcome.aims += found
    outcome.failures += [f"on {place.title}: {line}" for line in run_.failures]
