"""How far VdFs is: what has to be reached, and what DESIGN.md's section Speed aims at."""

from cases import STEADY, TOUCH
from report import yardstick

NEEDED = {STEADY: 0.9, TOUCH: 1 / 3}
AIM = {"read-1": 2.5, "write-1": 2.5, "read-16": 1.2, "write-16": 1.2, "read-1m": 1.1, "write-1m": 1.1,
       "touch-16": 0.5, "touch-1m": 0.4}
AIM_QEMU = {("vdfs", "read-16"): 5, ("vdfs", "write-16"): 5, ("vdfs-held", "read-16"): 5, ("vdfs-held", "write-16"): 5,
            ("vdfs-touch", "touch-64k"): 10}
SAME_STATE = {"vdfs": "qsd-bitmap", "vdfs-held": "qsd-cbw", "vdfs-touch": "qsd-touch"}
IN_THE_TABLE = ("read-1", "write-1", "read-16", "write-16", "read-1m", "write-1m", "touch-16", "touch-1m")


def judge(results, cases):
    """Lines about VdFs in each state, and whether everything needed was reached (None: not all was measured)."""
    lines = []
    reached = True
    for name, peer in SAME_STATE.items():
        for case in cases:
            mine = results.get((case.name, name))
            base = yardstick(results, case)
            if mine is None or mine.void or base is None:
                if case.name in IN_THE_TABLE and (case.kind == TOUCH) == (name == "vdfs-touch"):
                    reached = None if reached else reached
                continue
            if case.kind not in NEEDED:
                continue
            ratio = mine.rate / base
            line = f"{name:<11} {case.title:<40} {ratio:5.2f}×  needed {NEEDED[case.kind]:.2f}"
            if case.name in AIM:
                line += f"  aim {AIM[case.name]:.1f}"
            other = results.get((case.name, peer))
            if other is not None and not other.void:
                line += f"   {mine.rate / other.rate:5.1f}× {peer}"
                if (name, case.name) in AIM_QEMU:
                    line += f", aim {AIM_QEMU[name, case.name]}"
            if case.name in IN_THE_TABLE and ratio < NEEDED[case.kind]:
                line += "   BELOW"
                reached = False
            bare = results.get((case.name, "bare"))
            if bare is not None and name == "vdfs":
                line += f"   {mine.rate / bare.rate:.2f} of the bare loop"
            lines.append(line)
    return lines, reached
