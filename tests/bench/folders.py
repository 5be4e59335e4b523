"""Folders: what they lie on, and their end."""

import os
import shutil
import subprocess
import sys


def filesystem(directory):
    """The filesystem type below a directory."""
    name = subprocess.run(["stat", "-f", "-c", "%T", directory], capture_output=True, text=True, timeout=10, check=True)
    return name.stdout.strip().replace("ext2/ext3", "ext4")


def free_bytes(directory):
    """Bytes free below a directory."""
    numbers = os.statvfs(directory)
    return numbers.f_bavail * numbers.f_frsize


def remove(directory):
    """Removes a temporary folder; never anything below a mount that is still there."""
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as table:
        left = [line.split()[4] for line in table if line.split()[4].startswith(f"{directory}/")]
    if left:
        print(f"bench: still mounted, {directory} stays: {', '.join(left)}", file=sys.stderr)
        return
    shutil.rmtree(directory, ignore_errors=True)
