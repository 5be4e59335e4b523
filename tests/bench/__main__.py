"""The yardstick: see tests/bench.sh --help."""

import argparse
import datetime
import os
import shlex
import signal
import sys
import tempfile

import aims
import bare_loop
import ledger
import machine
import passthrough_ll
import qemu_export
import report
import vdfs
from cases import cases
from contestants import Arena, TheFile, TheFileCached
from folders import filesystem, free_bytes, remove
from measuring import Run
from mounts import Connections

IMAGE_BYTES = 2**30
QUICK_BUDGET = 114   # seconds; ending everything takes some more
ROOM = 12 * 2**30   # images, copies of pre-images and state of all contestants together


def arguments():
    parser = argparse.ArgumentParser(
        prog="tests/bench.sh", formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Measures VdFs beside its peers, interleaved, in one run, and prints one table.",
        epilog="Exit code: 0 all measured; 1 something was left out or void; 2 wrong use, or this machine can't; "
               "3 with --check, something measured is below what is needed.")
    parser.add_argument("--quick", action="store_true", help="two minutes: tmpfs only, short runs, the cases of DESIGN.md's table; "
                        "as many rounds as fit, of which the file itself and qemu-storage-daemon take part in the first")
    parser.add_argument("--runs", type=int, help="runs per case, of which the median counts (default 5; with --quick up to 5, as the time allows)")
    parser.add_argument("--runtime", type=float, help="seconds per run (default 1; 0.2 with --quick)")
    parser.add_argument("--backing", nargs="+", metavar="DIR", help="folders to measure in (default: /dev/shm and /var/tmp; only /dev/shm with --quick)")
    parser.add_argument("--only", metavar="NAMES", help="contestants, separated by commas (see --list)")
    parser.add_argument("--cases", metavar="NAMES", help="cases, separated by commas (see --list)")
    parser.add_argument("--out", metavar="FILE", help="also write a Markdown table; into a ledger like docs/performance.md it goes above the earlier ones")
    parser.add_argument("--check", action="store_true", help="fail if VdFs is below what is needed")
    parser.add_argument("--list", action="store_true", help="list contestants and cases")
    return parser.parse_args()


def everyone():
    return [TheFile(), TheFileCached(), *passthrough_ll.all_ways(), *qemu_export.all_states(), *bare_loop.if_there(), *vdfs.all_states()]


def choose(things, names, what):
    """Those asked for, in their own order."""
    if names is None:
        return things
    wanted = names.split(",")
    known = {thing.name for thing in things}
    unknown = [name for name in wanted if name not in known]
    if unknown:
        sys.exit(_fault(f"no such {what}: {', '.join(unknown)}; there are {', '.join(sorted(known))}"))
    return [thing for thing in things if thing.name in wanted]


def _fault(text):
    print(f"bench: {text}", file=sys.stderr)
    return 2


def say(line):
    print(line, file=sys.stderr, flush=True)


def main():
    options = arguments()
    all_cases = cases(options.quick, IMAGE_BYTES)
    contestants = everyone()
    if options.list:
        for thing in (*contestants, *all_cases):
            print(f"{thing.name:<18} {thing.title}")
        return 0
    if options.runs is not None and options.runs < 1:
        return _fault("--runs must be at least 1")
    if os.geteuid() != 0:
        return _fault("must run as root: all servers do, and so do their mounts")
    chosen = choose(contestants, options.only, "contestant")
    if options.quick and options.only is None:
        chosen = [one for one in chosen if one.quick]
    wanted = choose(all_cases, options.cases, "case")
    runs = options.runs or 5
    runtime = options.runtime or (0.2 if options.quick else 1.0)
    backings = options.backing or (["/dev/shm"] if options.quick else ["/dev/shm", "/var/tmp"])
    for backing in backings:
        if not os.path.isdir(backing):
            return _fault(f"{backing} is not a folder")
        if free_bytes(backing) < ROOM:
            return _fault(f"{backing} has less than {ROOM >> 30} GiB free")

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    facts = machine.describe()
    for name, value in facts:
        print(f"{name + ':':<22}{value}")
    print(f"{'runs:':<22}median of {runs if options.runs or not options.quick else 'up to 5'}, {runtime:g} s each, image of {IMAGE_BYTES >> 30} GiB filled with random data", flush=True)

    entry = ledger.opening(facts, runtime, IMAGE_BYTES, shlex.join(["tests/bench.sh", *sys.argv[1:]]), datetime.datetime.now(datetime.UTC))
    failures, below, unsure = [], False, False
    for backing in backings:
        kind = f"{filesystem(backing)} ({backing})"
        say(f"measuring on {kind}")
        run = Run(chosen, wanted, runs, runtime, QUICK_BUDGET if options.quick and not options.runs else None, say)
        try:
            _on(backing, run)
        except OSError as error:
            run.failures.append(f"{backing}: {error}")
        print()
        print("\n".join(report.terminal(run, wanted, chosen, kind)))
        verdict, reached = aims.judge(run.results, wanted)
        if verdict:
            print("\n" + "\n".join(verdict))
        entry += ["", *report.markdown(run, wanted, chosen, kind)]
        failures += [f"on {kind}: {line}" for line in run.failures]
        below |= reached is False
        unsure |= reached is None
        chosen = choose(everyone(), ",".join(one.name for one in chosen), "contestant")
    for line in failures:
        print(f"bench: {line}", file=sys.stderr)
    if options.out:
        ledger.write(options.out, entry + [""] + [f"- {line}" for line in failures])
    if options.check and (below or unsure):
        return 3
    return 1 if failures else 0


def _on(backing, run):
    """One run in a temporary folder that is gone afterwards."""
    directory = tempfile.mkdtemp(prefix="vdfs-bench.", dir=backing)
    connections = None
    try:
        connections = Connections(f"{directory}/connections")
        run.measure(Arena(f"{directory}/arena", IMAGE_BYTES, connections, filesystem(backing) != "tmpfs"))
    finally:
        if connections:
            connections.close()
        remove(directory)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
