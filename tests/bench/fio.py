"""One fio run."""

import json
import signal
import subprocess
import time
from dataclasses import dataclass

from processes import Failed, favour, run, stop

FIRST = 0.5  # seconds that fio needs to begin


@dataclass(frozen=True)
class Sample:
    """What one run of one case did. `cpu` is the server's CPU time in seconds, None where there is no server."""

    rate: float
    operations: int
    bytes: int
    cpu: float | None


def measure(case, args, paths, runtime, cpu):
    """Runs a case on the files at `paths`, each by a client of its own; `cpu()` is the server's CPU time so far. `runtime` in seconds, for cases limited by time."""
    limit = runtime * 5 + 20 if case.timed else 300
    before = cpu()
    done = job(args, paths, runtime if case.timed else None, limit)
    after = cpu()
    operations = sum(done[way]["total_ios"] for way in ("read", "write"))
    size = sum(done[way]["io_bytes"] for way in ("read", "write"))
    seconds = max(done[way]["runtime"] for way in ("read", "write")) / 1000
    if operations == 0 or seconds == 0:
        raise Failed("fio did nothing")
    return Sample(case.rate(operations, size, seconds), operations, size, None if before is None else after - before)


def job(args, paths, runtime, limit, latencies=False):
    """
    fio's own figures of one job for each path, taken together; one path may be given as itself. Without latencies no time is
    taken for each operation: on two cores the client's clock calls would cost the server its CPU.
    """
    return _figures(run(_command(args, paths, runtime, latencies), limit))


def job_during(args, path, what, limit):
    """fio's own figures, latencies included, of a job that lasts for as long as calling `what` does."""
    process = subprocess.Popen(_command(args, path, limit, True), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                               text=True, start_new_session=True)
    favour(process.pid)
    try:
        time.sleep(FIRST)
        what()
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=30)
    finally:
        stop(process)
    return _figures(output)


def _command(args, paths, runtime, latencies):
    command = ["fio", "--thread", "--disk_util=0", "--allow_file_create=0", "--group_reporting", "--output-format=json", *args]
    # From the submission on: a write through the page cache, for one, is done when that returns.
    command += ["--lat_percentiles=1", "--clat_percentiles=0"] if latencies else ["--gtod_reduce=1"]
    if runtime is not None:
        command += ["--time_based", f"--runtime={int(runtime * 1000)}ms"]
    for number, path in enumerate([paths] if isinstance(paths, str) else paths):
        command += [f"--name=bench{number}", f"--filename={path}"]
    return command


def _figures(output):
    try:
        report = json.loads(output[output.index("{"):])
        result = report["jobs"][0]
    except (ValueError, LookupError):
        raise Failed(f"fio's answer can't be read: {output[:200]!r}") from None
    if result["error"]:
        raise Failed(f"fio met error {result['error']}")
    return result
