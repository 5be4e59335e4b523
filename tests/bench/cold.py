"""A cold page cache, for some files only: others use this machine too."""

import os

from processes import run


def forget(directory, *paths):
    """Writes back what is dirty on the filesystem of `directory`, and drops what is cached of its files and of `paths`."""
    run(["sync", "-f", directory], 300)
    inside = [f"{folder}/{name}" for folder, _, names in os.walk(directory) for name in names]
    for path in (*paths, *inside):
        try:
            file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        except OSError:
            continue  # a socket, or gone meanwhile
        try:
            os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(file)
