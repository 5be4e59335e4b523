"""The yardstick: see tests/bench.sh --help."""

import argparse
import datetime
import os
import shlex
import signal
import sys

import aims
import backup
import guests
import ledger
import machine
import places
import script_part
import yardstick

PARTS = {part.NAME: part for part in (yardstick, backup, guests, script_part.CUTS, script_part.SCALE)}


def arguments():
    parser = argparse.ArgumentParser(
        prog="tests/bench.sh", formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Measures VdFs beside its peers, interleaved, in one run, and prints tables and how far the aims are reached.",
        epilog="Parts:\n" + "\n".join(f"  {name:<10} {part.HELP}" for name, part in PARTS.items())
               + "\n\nExit code: 0 all measured; 1 something was left out or void; 2 wrong use, or this machine can't; "
               "3 with --check, an aim isn't reached.")
    parser.add_argument("--quick", action="store_true", help="two minutes: part main only, on tmpfs, short runs, the cases of DESIGN.md's table; "
                        "as many rounds as fit, of which the file itself and qemu-storage-daemon take part in the first")
    parser.add_argument("--part", metavar="NAMES", help="parts, separated by commas (default: all; main alone with --quick, --backing, --only or --cases)")
    parser.add_argument("--runs", type=int, help="runs per case, of which the median counts (default 5; with --quick up to 5, as the time allows)")
    parser.add_argument("--runtime", type=float, help="seconds per run (default 0.4; 0.2 with --quick)")
    parser.add_argument("--backing", nargs="+", metavar="DIR", help="where part main measures: folders, or ext4, xfs, btrfs, which are then made in a file in "
                        "/dev/shm and measured first touch on (default: /dev/shm /var/tmp ext4 xfs btrfs; only /dev/shm with --quick)")
    parser.add_argument("--only", metavar="NAMES", help="contestants of part main, separated by commas (see --list)")
    parser.add_argument("--cases", metavar="NAMES", help="cases of part main, separated by commas (see --list)")
    parser.add_argument("--out", metavar="FILE", help="also write Markdown; into a ledger like docs/performance.md it goes above the earlier ones")
    parser.add_argument("--check", action="store_true", help="fail if VdFs is below an aim")
    parser.add_argument("--list", action="store_true", help="list parts, contestants and cases")
    options = parser.parse_args()
    # A run that isn't told how often measures as often as it can in two minutes.
    options.as_time_allows = options.quick and options.runs is None
    options.runs = 5 if options.runs is None else options.runs
    options.runtime = options.runtime or (0.2 if options.quick else 0.4)
    options.only = options.only and options.only.split(",")
    options.cases = options.cases and options.cases.split(",")
    parts = options.part or (yardstick.NAME if options.quick or options.only or options.cases or options.backing else ",".join(PARTS))
    options.parts = parts.split(",")
    return options


def unknown(words, known, what):
    """Says which words mean nothing; None if all do."""
    wrong = [word for word in words or [] if word not in known]
    return f"no such {what}: {', '.join(wrong)}; there are {', '.join(sorted(known))}" if wrong else None


def fault(options):
    """Why this can't be measured; None if it can."""
    if options.runs < 1:
        return "--runs must be at least 1"
    for wrong in (unknown(options.parts, PARTS, "part"),
                  unknown(options.only, {one.name for one in yardstick.everyone()}, "contestant"),
                  unknown(options.cases, {case.name for case in yardstick.all_cases(options)}, "case")):
        if wrong:
            return wrong
    if os.geteuid() != 0:
        return "must run as root: all servers do, and so do their mounts"
    if yardstick.NAME in options.parts:
        return next(filter(None, (places.fault(backing, yardstick.ROOM) for backing in yardstick.backings(options))), None)
    return None


def say(line):
    print(line, file=sys.stderr, flush=True)


def main():
    options = arguments()
    if options.list:
        for name, part in PARTS.items():
            print(f"{name:<24} part: {part.HELP}")
        for thing in (*yardstick.everyone(), *yardstick.all_cases(options)):
            print(f"{thing.name:<24} {thing.title}")
        return 0
    wrong = fault(options)
    if wrong:
        print(f"bench: {wrong}", file=sys.stderr)
        return 2
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    facts = machine.describe()
    for name, value in facts:
        print(f"{name + ':':<22}{value}")
    print(f"{'runs:':<22}median of {'up to ' if options.as_time_allows else ''}{options.runs}, {options.runtime:g} s each", flush=True)

    entry = ledger.opening(facts, options.runtime, yardstick.IMAGE_BYTES, shlex.join(["tests/bench.sh", *sys.argv[1:]]), datetime.datetime.now(datetime.UTC))
    lines, reached, failures = [], [], []
    for name in options.parts:
        outcome = PARTS[name].run(options, say)
        lines += outcome.lines
        reached += outcome.aims
        failures += outcome.failures
    summary = aims.summary(reached) if reached else []
    if summary:
        print("\nWhat was aimed at, and what was reached (the least of the cases first):\n\n" + "\n".join(summary), flush=True)
    for line in failures:
        print(f"bench: {line}", file=sys.stderr)
    if options.out:
        ledger.write(options.out, [*entry, "", *summary, *lines, "", *(f"- {line}" for line in failures)])
    if options.check and not (reached and all(aim.reached for aim in reached)):
        return 3
    return 1 if failures else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
