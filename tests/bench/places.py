"""Where is measured: a temporary folder in a folder that was named, or on a filesystem made for it."""

import contextlib
import os
import tempfile

from folders import filesystem, free_bytes, remove
from loop_disk import KINDS, LoopDisk
from mounts import Connections
from processes import Failed


class Place:
    """A folder to work in, gone afterwards, and the kernel's FUSE connections."""

    def __init__(self, name, directory, connections):
        self.directory = directory
        self.connections = connections
        self.name = name
        self.kind = filesystem(directory)
        self.title = f"{self.kind} ({'made for this, in memory' if name in KINDS else name})"


def fault(name, room):
    """Why nothing can be measured there; None if it can."""
    if name in KINDS:
        return None
    if not os.path.isdir(name):
        return f"{name} is neither a folder nor one of {', '.join(KINDS)}"
    if free_bytes(name) < room:
        return f"{name} has less than {room >> 30} GiB free"
    return None


@contextlib.contextmanager
def place(name, room):
    """`name`: a folder, or the kind of a filesystem to make."""
    with contextlib.ExitStack() as ends:
        backing = ends.enter_context(LoopDisk(name, room)) if name in KINDS else name
        if free_bytes(backing) < room * 0.9:
            raise Failed(f"{backing} has less than {room >> 30} GiB free")
        directory = tempfile.mkdtemp(prefix="vdfs-bench.", dir=backing)
        ends.callback(remove, directory)
        connections = Connections(f"{directory}/connections")
        ends.callback(connections.close)
        yield Place(name, directory, connections)
