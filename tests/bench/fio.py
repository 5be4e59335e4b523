"""One fio run."""

import json
from dataclasses import dataclass

from processes import Failed, run


@dataclass(frozen=True)
class Sample:
    """What one run of one case did. `cpu` is the server's CPU time in seconds, None where there is no server."""

    rate: float
    operations: int
    bytes: int
    cpu: float | None


def measure(case, args, path, runtime, cpu):
    """Runs a case on the file at `path`; `cpu()` is the server's CPU time so far. `runtime` in seconds, for cases limited by time."""
    limit = runtime * 5 + 20 if case.timed else 300
    before = cpu()
    done = job(args, path, runtime if case.timed else None, limit)
    after = cpu()
    operations = sum(done[way]["total_ios"] for way in ("read", "write"))
    size = sum(done[way]["io_bytes"] for way in ("read", "write"))
    seconds = max(done[way]["runtime"] for way in ("read", "write")) / 1000
    if operations == 0 or seconds == 0:
        raise Failed("fio did nothing")
    return Sample(case.rate(operations, size, seconds), operations, size, None if before is None else after - before)


def job(args, path, runtime, limit):
    """fio's own figures of one job. gtod_reduce: on two cores the client's clock calls would cost the server its CPU."""
    command = ["fio", "--name=bench", f"--filename={path}", "--thread", "--gtod_reduce=1", "--disk_util=0",
               "--allow_file_create=0", "--output-format=json", *args]
    if runtime is not None:
        command += ["--time_based", f"--runtime={int(runtime * 1000)}ms"]
    output = run(command, limit)
    try:
        report = json.loads(output[output.index("{"):])
        result = report["jobs"][0]
    except (ValueError, LookupError):
        raise Failed(f"fio's answer can't be read: {output[:200]!r}") from None
    if result["error"]:
        raise Failed(f"fio met error {result['error']}")
    return result
