"""What a part of a run comes to. A part is a module with NAME, HELP and `run(options, say) -> Outcome`."""

from dataclasses import dataclass, field


@dataclass
class Outcome:
    """`lines`: Markdown. `aims`: for the summary. `failures`: what was left out or is void, one line each."""

    lines: list = field(default_factory=list)
    aims: list = field(default_factory=list)
    failures: list = field(default_factory=list)
