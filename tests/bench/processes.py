"""Processes with an owner and a time limit."""

import os
import subprocess

TICKS = os.sysconf("SC_CLK_TCK")
FAVOUR = -10  # nice: of the sessions of all that is measured, servers and clients alike


class Failed(Exception):
    """A contestant can't be measured; the text says why, in one line."""


def run(command, limit=60, **more):
    """Runs a command to its end and returns its output; Failed says what it printed if it fails or outlasts `limit` seconds."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               text=True, start_new_session=True, **more)
    favour(process.pid)
    try:
        output, _ = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        stop(process)
        raise Failed(f"{os.path.basename(command[0])} took more than {limit} s") from None
    except BaseException:
        stop(process)
        raise
    if process.returncode != 0:
        raise Failed(f"{os.path.basename(command[0])} ended with {process.returncode}: {last_line(output)}")
    return output


def start(command, log):
    """Starts a server in a session of its own, so that Ctrl-C reaches only the one who cleans up."""
    with open(log, "wb") as sink:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, start_new_session=True)
    favour(process.pid)
    return process


def favour(pid):
    """
    Has the session of a process get the processor before what else runs here. Linux shares it out by session (sched(7), autogroup),
    so that a process's own nice value wouldn't count against those of others.
    """
    try:
        with open(f"/proc/{pid}/autogroup", "w", encoding="ascii") as file:
            file.write(str(FAVOUR))
    except OSError:
        pass  # ended already, or a kernel without


def stop(process, limit=5):
    """Ends a process that was started here: politely, then by force. A process stuck in the kernel is left after `limit` seconds."""
    for end in (process.terminate, process.kill):
        if process.poll() is not None:
            return
        end()
        try:
            process.wait(limit)
        except subprocess.TimeoutExpired:
            continue


def cpu_seconds(pids):
    """User and system time of the processes, ended threads included. Whole ticks (10 ms)."""
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
                fields = stat.read().rpartition(")")[2].split()
        except OSError:
            continue
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def last_line(text):
    """The line that says what went wrong: fio's own complaint, or the last one."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    complaints = [line for line in lines if line.startswith("fio:")]
    return (complaints or lines or ["no output"])[-1]
