"""Part backup: reading snapshots' views, and what a guest notices of a backup."""

import subprocess

import backup_latency
import backup_reading
import places
import vdfs
from outcome import Outcome
from processes import Failed

NAME = "backup"
HELP = "reading snapshots' views from a cold cache, and the latency of a guest's writes during a backup"

ROOM = 8 * 2**30
PLACES = ("ext4", "/var/tmp")  # one in memory, where software is what counts, and the disk


def run(options, say):
    """Measures in both places."""
    outcome = Outcome()
    for name in PLACES:
        for part in (backup_reading, backup_latency):
            try:
                vdfs.build()
                with places.place(name, ROOM) as place:
                    say(f"{part.__name__.replace('_', ' ')} on {place.title}")
                    part.measure(options, place, outcome)
            except (Failed, OSError, subprocess.SubprocessError) as error:
                outcome.failures.append(f"{part.__name__.replace('_', ' ')} on {name}: {error}")
    print("\n".join(outcome.lines), flush=True)
    return outcome
