"""The table, for a terminal and as Markdown."""

from cases import BUFFERED, FILES, STEADY, TOUCH, VIEW

HEADINGS = {
    STEADY: "O_DIRECT",
    FILES: "O_DIRECT, four clients with a file each",
    TOUCH: "First touch: each block written once, a fresh cut per run (where nothing is cut: the same writes)",
    BUFFERED: "Through the page cache",
    VIEW: "A snapshot's view, through the page cache, against the file itself",
}


def yardstick(results, case):
    """What a case is compared with: the better passthrough_ll, for a view the file itself. None if it wasn't measured."""
    def is_yardstick(name):
        if case.kind == VIEW:
            return name == "file"
        return name.startswith("pt-cached" if case.kind == BUFFERED else "pt")
    rates = [result.rate for (measured, name), result in results.items()
             if measured == case.name and is_yardstick(name) and not result.void]
    return max(rates) if rates else None


def bare_loop(results, case):
    """What the better bare loop reached; None if none took part."""
    rates = [result.rate for (measured, name), result in results.items()
             if measured == case.name and name in ("bare", "bare-2") and not result.void]
    return max(rates) if rates else None


def rate(value):
    """A rate with the digits that mean something."""
    return f"{value:,.0f}" if value < 1000 else f"{float(f'{value:.3g}'):,.0f}"


def cell(results, case, contestant):
    """The rate, and under it: ratio to the yardstick, server's CPU seconds per million operations, spread."""
    result = results.get((case.name, contestant.name))
    if result is None:
        return "", ""
    if result.void:
        return "void", ""
    base = yardstick(results, case)
    parts = [f"{result.rate / base:.2f}×"] if base else []
    bare = bare_loop(results, case)
    if bare and contestant.name.startswith("vdfs"):
        parts.append(f"{result.rate / bare:.2f} of bare")
    if result.cpu_per_million is not None:
        parts.append(f"{result.cpu_per_million:,.1f} s" if result.cpu_per_million < 1000 else f"{result.cpu_per_million:,.0f} s")
    parts.append(f"±{result.spread * 100:.0f}%" if len(result.samples) > 1 else "1 run")
    return rate(result.rate), " · ".join(parts)


def sections(results, cases, contestants):
    """Kind by kind: its cases and the contestants that were measured in it."""
    for kind in HEADINGS:
        of_kind = [case for case in cases if case.kind == kind]
        measured = [one for one in contestants if any((case.name, one.name) in results for case in of_kind)]
        if of_kind and measured:
            yield kind, of_kind, measured


LEGEND = ("ops/s or MiB/s; below: ratio to the better passthrough_ll · VdFs's part of the better bare loop's rate · "
          "server's CPU seconds per million operations · spread")


def terminal(run, cases, contestants, backing):
    """Lines for a terminal."""
    results = run.results
    lines = [f"On {backing}, median of {run.rounds}: {LEGEND}"]
    for kind, of_kind, measured in sections(results, cases, contestants):
        label = max(len(one.title) for one in measured) + 2
        lines += ["", HEADINGS[kind], " " * label + "".join(f"{_short(case.title):>36}" for case in of_kind)]
        for one in measured:
            cells = [cell(results, case, one) for case in of_kind]
            lines.append(f"{one.title:<{label}}" + "".join(f"{first:>36}" for first, _ in cells))
            lines.append(" " * label + "".join(f"{second:>36}" for _, second in cells))
    return lines


def markdown(run, cases, contestants, backing):
    """Lines of Markdown."""
    results = run.results
    lines = [f"On {backing}, median of {run.rounds} interleaved runs: {LEGEND}."]
    for kind, of_kind, measured in sections(results, cases, contestants):
        lines += ["", f"{HEADINGS[kind]}:", "", "| | " + " | ".join(case.title for case in of_kind) + " |",
                  "|---|" + "---:|" * len(of_kind)]
        for one in measured:
            cells = [cell(results, case, one) for case in of_kind]
            lines.append(f"| {one.title} | " + " | ".join("<br>".join(filter(None, pair)) for pair in cells) + " |")
    return lines


def _short(title):
    return title.replace("first touch ", "").replace("first touch, ", "").replace("one 4 KiB write per 64 KiB", "one per 64 KiB")
