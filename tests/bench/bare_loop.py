"""VdFs's own loop on /dev/fuse with no tree and no engine: what the language and the kernel allow."""

import mounts
from cases import STEADY
from contestants import Server
from processes import run, start
from vdfs import BUILD_LIMIT, ROOT

PROJECT = f"{ROOT}/tests/VdFs.BareServer"
PROGRAM = f"{PROJECT}/bin/Release/net10.0/VdFs.BareServer.dll"


class BareLoop(Server):
    """`VdFs.BareServer FILE MOUNTPOINT`, in the foreground until it's unmounted."""

    kinds = (STEADY,)
    warmup = 1.5

    def __init__(self, name, title, threads):
        self.name = name
        self.title = title
        self.threads = threads

    def build(self):
        run(["dotnet", "build", PROJECT, "-c", "Release", "-v", "q", "-nologo", "--disable-build-servers"], BUILD_LIMIT)

    def start(self, arena):
        self.arena = arena
        self.mount = arena.folder(self.name)
        self.path = f"{self.mount}/image"
        log = arena.log(self.name)
        self.process = start(["dotnet", PROGRAM, arena.image, self.mount, "--threads", str(self.threads)], log)
        mounts.wait_for(self.mount, self.process, log)
        arena.connections.set_limits(self.mount)


def all_ways():
    """The better one of a case is what VdFs is compared with."""
    return [
        BareLoop("bare", "VdFs's bare loop on /dev/fuse", 1),
        BareLoop("bare-2", "VdFs's bare loop, two threads", 2),
    ]
