"""How far VdFs is: the aims of DESIGN.md's section Speed, and what was measured for each."""

from dataclasses import dataclass

from cases import STEADY, TOUCH, VIEW
from report import bare_loop, yardstick

DONE = 0.95  # of a bare loop's rate: more can't be asked of the language
AIM = {"read-1": 2.5, "write-1": 2.5, "read-16": 1.2, "write-16": 1.2, "read-1m": 1.1, "write-1m": 1.1}
AIM_TOUCH = {"touch-16": 0.5, "touch-1m": 0.4}
AIM_TOUCH_SHARED = {"touch-16": 1.0, "touch-1m": 1.0}
SHARING = ("xfs", "btrfs")  # filesystems on which files can share extents
AIM_QEMU = {("vdfs", "read-16"): 5, ("vdfs", "write-16"): 5, ("vdfs-held", "read-16"): 5, ("vdfs-held", "write-16"): 5,
            ("vdfs-touch", "touch-64k"): 10}
SAME_STATE = {"vdfs": "qsd-bitmap", "vdfs-held": "qsd-cbw", "vdfs-touch": "qsd-touch"}
STATES = {"vdfs": "tracking", "vdfs-held": "snapshot held", "vdfs-touch": "first touch"}


@dataclass(frozen=True)
class Aim:
    """
    A ratio that is to be reached. Aims with the same title stand in one line of the summary.
    `at_most`: it's not to be exceeded.
    """

    title: str
    case: str
    wanted: float
    measured: float
    at_most: bool = False

    @property
    def reached(self):
        """Whether it was."""
        return self.measured <= self.wanted if self.at_most else self.measured >= self.wanted


def judge(results, cases, where, shares):
    """The aims that these results are about. `shares`: on this filesystem, files can share extents."""
    aims = []

    def add(title, case, wanted, mine, other):
        aims.append(Aim(f"{where}: {title}", case.title, wanted, mine / other))

    for name, peer in SAME_STATE.items():
        for case in cases:
            mine = results.get((case.name, name))
            if mine is None or mine.void:
                continue
            state, base, bare = STATES[name], yardstick(results, case), bare_loop(results, case)
            if bare and case.kind == STEADY:
                add(f"{state}, of the better bare loop", case, DONE, mine.rate, bare)
            wanted = AIM if case.kind == STEADY else AIM_TOUCH_SHARED if shares else AIM_TOUCH
            if base and case.kind in (STEADY, TOUCH) and case.name in wanted:
                add(f"{state}, of the better passthrough_ll, {_group(case)}", case, wanted[case.name], mine.rate, base)
            if base and case.kind == VIEW:
                add("snapshot's view, of the file itself", case, DONE, mine.rate, base)
            other = results.get((case.name, peer))
            if other is not None and not other.void and (name, case.name) in AIM_QEMU:
                add(f"{state}, of qemu-storage-daemon in the same state", case, AIM_QEMU[name, case.name], mine.rate, other.rate)
    return aims


def _group(case):
    return "1 MiB" if case.name.endswith("1m") else "4 KiB" if case.kind == TOUCH else case.title.rpartition(", ")[2]


def summary(aims):
    """Lines of Markdown: title by title what was wanted, what was measured, and whether that's enough."""
    lines = ["| | aim | measured | |", "|---|---:|---|---|"]
    for title in dict.fromkeys(aim.title for aim in aims):
        of_title = [aim for aim in aims if aim.title == title]
        wanted = of_title[0]
        ranked = sorted(of_title, key=lambda aim: aim.measured, reverse=wanted.at_most)
        worst, best = ranked[0], ranked[-1]
        measured = f"{worst.measured:.2f}" if worst is best or not worst.case else f"{worst.measured:.2f} ({worst.case}) to {best.measured:.2f}"
        reached = sum(aim.reached for aim in of_title)
        verdict = "reached" if reached == len(of_title) else "not reached" if reached == 0 else f"reached in {reached} of {len(of_title)}"
        lines.append(f"| {title} | {'≤' if wanted.at_most else '≥'} {wanted.wanted:g} | {measured} | {verdict} |")
    return lines


def details(aims):
    """Lines for a terminal, one for each aim."""
    return [f"{aim.title:<70} {aim.case:<48} {aim.measured:6.2f}  aim {aim.wanted:g}{'' if aim.reached else '   BELOW' if not aim.at_most else '   ABOVE'}"
            for aim in aims]
