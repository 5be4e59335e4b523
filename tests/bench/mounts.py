"""Mounts of the contestants: waiting for them, the same limits for all, and their end whatever state the server is in."""

import os
import subprocess
import time

from processes import Failed, run

MAX_BACKGROUND = 256


class Connections:
    """The kernel's FUSE connections: fusectl, on a mount of our own."""

    def __init__(self, directory):
        self.directory = directory
        os.makedirs(directory)
        run(["mount", "-t", "fusectl", "none", directory])

    def close(self):
        unmount(self.directory)

    def set_limits(self, path):
        """Gives the connection behind a mount the same number of asynchronous requests as all others."""
        for name, value in (("max_background", MAX_BACKGROUND), ("congestion_threshold", MAX_BACKGROUND * 3 // 4)):
            with open(f"{self.directory}/{number(path)}/{name}", "w", encoding="ascii") as file:
                file.write(str(value))

    def abort(self, path):
        """Fails all requests under way, so that whoever waits for a dead server returns."""
        try:
            with open(f"{self.directory}/{number(path)}/abort", "w", encoding="ascii") as file:
                file.write("1")
        except (OSError, Failed):
            pass  # no such mount any more


def number(path):
    """The connection's number is its mount's device minor; asked of the mount table, not of the server."""
    found = None
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as table:
        for line in table:
            fields = line.split()
            if fields[4] == path:
                found = fields[2].partition(":")[2]
    if found is None:
        raise Failed(f"nothing is mounted on {path}")
    return found


def wait_for(path, process, log, limit=20):
    """Waits until something is mounted on `path`."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        try:
            return number(path)
        except Failed:
            if process.poll() is not None:
                with open(log, encoding="utf-8", errors="replace") as text:
                    last = text.read().strip().splitlines()[-1:] or ["no output"]
                raise Failed(f"ended at once: {last[0]}") from None
            time.sleep(0.02)
    raise Failed(f"not mounted after {limit} s")


def unmount(path):
    """Unmounts, lazily if it's busy. Nothing mounted is fine."""
    for command in (["umount", path], ["umount", "-l", path]):
        try:
            number(path)
        except Failed:
            return
        subprocess.run(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=30, check=False)
