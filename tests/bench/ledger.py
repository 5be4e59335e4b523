"""The Markdown of a run, and the ledger of runs that docs/performance.md is."""

import os

MARK = "<!-- newest first -->"


def opening(facts, runtime, image_bytes, command, now):
    """Heading, command and machine of an entry."""
    return [
        f"## {now:%Y-%m-%d %H:%M} UTC", "",
        f"    {command}", "",
        f"Runs of {runtime:g} s, image of {image_bytes >> 30} GiB filled with random data. "
        + "; ".join(f"{name} {value}" for name, value in facts) + ".",
    ]


def write(path, entry):
    """Writes an entry: above the earlier ones of a ledger, as the whole of any other file."""
    text = "\n".join(entry).rstrip() + "\n"
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            before = file.read()
        if MARK in before:
            head, _, tail = before.partition(MARK)
            text = f"{head}{MARK}\n\n{text}{tail}"
    with open(f"{path}.new", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(f"{path}.new", path)
