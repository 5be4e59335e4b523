"""Parts of a run that are programs of their own, which print their table and end with 0 if all aims are reached, 1 if not, 2 if they can't tell."""

import os
import subprocess
import sys

from outcome import Outcome
from processes import stop

HERE = os.path.dirname(os.path.abspath(__file__))


class ScriptPart:
    """`program`: its file's name, here."""

    def __init__(self, name, help_text, program):
        self.NAME = name
        self.HELP = help_text
        self.program = program

    def run(self, options, say):
        """Runs it, and shows its lines as they come."""
        del options
        say(self.NAME)
        outcome = Outcome(["", f"Part {self.NAME} (`tests/bench/{self.program.replace('.py', '.sh')}`):", ""])
        process = subprocess.Popen([sys.executable, f"{HERE}/{self.program}"], stdout=subprocess.PIPE, text=True)
        try:
            for line in process.stdout:
                print(line, end="", flush=True)
                outcome.lines.append(f"    {line.rstrip()}")
            process.wait()
        finally:
            stop(process, 120)
        if process.returncode != 0:
            outcome.failures.append(f"{self.NAME}: {'an aim is missed' if process.returncode == 1 else 'not measured whole'}, see its lines")
        return outcome


CUTS = ScriptPart("cuts", "how long writes take beside cuts, releases and deletions", "stalls.py")
SCALE = ScriptPart("scale", "many images, an image of 15 TiB, many checkpoints", "scale.py")
