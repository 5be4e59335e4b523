"""The run: all contestants are up at once, and take turns, round after round."""

import statistics
import subprocess
import time
from dataclasses import dataclass, field

import fio
from cases import BUFFERED, VIEW
from processes import Failed, run


@dataclass
class Result:
    """All runs of one contestant in one case."""

    samples: list = field(default_factory=list)
    void: str = ""   # why it doesn't count, if it doesn't

    @property
    def rate(self):
        """The median."""
        return statistics.median(sample.rate for sample in self.samples)

    @property
    def spread(self):
        """Half the distance between the fastest and the slowest run, as a part of the median."""
        rates = [sample.rate for sample in self.samples]
        return (max(rates) - min(rates)) / 2 / self.rate

    @property
    def cpu_per_million(self):
        """Server's CPU seconds per million operations over all runs; None where there is no server."""
        if any(sample.cpu is None for sample in self.samples):
            return None
        operations = sum(sample.operations for sample in self.samples)
        return sum(sample.cpu for sample in self.samples) / operations * 1e6


class Run:
    """One backing filesystem: starts the contestants, measures them, stops them whatever happens."""

    def __init__(self, contestants, cases, runs, runtime, budget, say):
        self.contestants = list(contestants)
        self.cases = cases
        self.runs = runs
        self.runtime = runtime
        self.budget = budget  # seconds for everything, from the start; None: as long as it takes
        self.rounds = 0       # rounds done
        self.say = say
        self.results = {}    # (case name, contestant name) → Result
        self.failures = []    # one line each

    def measure(self, arena):
        """The whole run on one backing filesystem."""
        up = []
        taking = self._built(arena)
        begin = time.monotonic()
        try:
            for contestant in taking:
                up.append(contestant)
                try:
                    contestant.start(arena)
                    self._warm(contestant)
                except (Failed, OSError) as error:
                    self._drop(up, contestant, error)
            longest = 0
            while self.rounds < self.runs:
                before = time.monotonic()
                if self.budget and self.rounds and before + longest > begin + self.budget:
                    break  # the next round wouldn't end in time
                self._round(up, arena)
                self.rounds += 1
                longest = max(longest, time.monotonic() - before)
                self.say(f"  round {self.rounds}: {time.monotonic() - before:.0f} s")
        finally:
            for contestant in reversed(up):
                self._stop(contestant)

    def _built(self, arena):
        built = []
        for contestant in self.contestants:
            if contestant.disk_only and not arena.on_disk:
                continue
            try:
                contestant.build()
                built.append(contestant)
            except (Failed, OSError) as error:
                self._drop(built, contestant, error)
        return built

    def _round(self, up, arena):
        for case in self.cases:
            taking = [contestant for contestant in up if contestant.takes(case)
                      and not (self.budget and self.rounds and contestant.context)]
            # Nobody always follows the same neighbour.
            shift = self.rounds % len(taking) if taking else 0
            for contestant in taking[shift:] + taking[:shift]:
                if contestant not in up:
                    continue
                try:
                    self._one(case, contestant, arena)
                except (Failed, OSError) as error:
                    contestant.unstick()
                    self._drop(up, contestant, error)

    def _one(self, case, contestant, arena):
        # What another one left to write back is not this one's work.
        subprocess.run(["sync", "-f", arena.directory], timeout=300, check=True)
        contestant.before(case)
        paths = contestant.paths_for(case)
        if case.kind in (BUFFERED, VIEW):
            run(["cp", paths[0], "/dev/null"], 300)  # into the cache
        sample = fio.measure(case, contestant.args_for(case), paths, self.runtime, contestant.cpu)
        void = contestant.after(case, sample)
        result = self.results.setdefault((case.name, contestant.name), Result())
        result.samples.append(sample)
        if void and not result.void:
            result.void = void
            self.failures.append(f"{contestant.title}, {case.title}: void, {void}")

    def _warm(self, contestant):
        steps = (("--rw=randrw", "--bs=4k", "--iodepth=16", 0.75), ("--rw=rw", "--bs=1m", "--iodepth=4", 0.25))
        if contestant.cpu() is None:
            return
        for rw, block, depth, share in steps:
            fio.job((rw, block, depth, "--ioengine=libaio", "--direct=1", "--norandommap"),
                    contestant.path, max(0.1, contestant.warmup * share), 60)

    def _drop(self, up, contestant, error):
        line = f"{contestant.title}: left out, {error}"
        self.say(f"  {line}")
        self.failures.append(line)
        if contestant in up:
            up.remove(contestant)
        self._stop(contestant)

    def _stop(self, contestant):
        try:
            contestant.stop()
        except (Failed, OSError, subprocess.SubprocessError) as error:
            self.failures.append(f"{contestant.title}: not stopped cleanly, {error}")
