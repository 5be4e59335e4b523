"""libfuse's own passthrough_ll, built from the example source in Debian's libfuse3-dev."""

import gzip
import os
import shutil

import mounts
from cases import BUFFERED, STEADY, TOUCH
from contestants import IMAGE, Server
from processes import Failed, run, start

EXAMPLES = "/usr/share/doc/libfuse3-dev/examples"
SOURCES = ("passthrough_ll.c", "passthrough_helpers.h")


def build(directory):
    """Builds it once per run into `directory`; returns the program's path."""
    program = f"{directory}/passthrough_ll"
    if os.path.exists(program):
        return program
    for source in SOURCES:
        plain = f"{EXAMPLES}/{source}"
        if os.path.exists(plain):
            shutil.copyfile(plain, f"{directory}/{source}")
        elif os.path.exists(f"{plain}.gz"):
            with gzip.open(f"{plain}.gz", "rb") as packed, open(f"{directory}/{source}", "wb") as unpacked:
                shutil.copyfileobj(packed, unpacked)
        else:
            raise Failed(f"{plain} is missing: install libfuse3-dev (native-deps/install.sh --for bench)")
    flags = run(["pkg-config", "--cflags", "--libs", "fuse3"]).split()
    run(["gcc", "-O2", "-o", program, f"{directory}/passthrough_ll.c", *flags])
    return program


class PassthroughLl(Server):
    """One way of running it."""

    def __init__(self, name, title, cache, flags, quick=True):
        self.name = name
        self.title = title
        self.cache = cache
        self.flags = flags
        self.quick = quick
        self.kinds = (BUFFERED,) if cache == "always" else (STEADY, TOUCH)

    def start(self, arena):
        self.arena = arena
        program = build(os.path.dirname(arena.directory))
        self.mount = arena.folder(self.name)
        self.path = f"{self.mount}/{IMAGE}"
        log = arena.log(self.name)
        options = ",".join([f"source={arena.shared}", f"cache={self.cache}"])
        self.process = start([program, "-f", "-o", options, *self.flags, self.mount], log)
        mounts.wait_for(self.mount, self.process, log)
        arena.connections.set_limits(self.mount)


CLONE = ["-o", "clone_fd"]


def all_ways():
    """Every variant. The better one of a case is what others are compared with."""
    return [
        PassthroughLl("pt-clone", "passthrough_ll, clone_fd", "never", CLONE),
        PassthroughLl("pt-single", "passthrough_ll, single thread", "never", ["-s"]),
        PassthroughLl("pt", "passthrough_ll", "never", [], quick=False),
        PassthroughLl("pt-cached-clone", "passthrough_ll, cache=always, clone_fd", "always", CLONE, quick=False),
        PassthroughLl("pt-cached-single", "passthrough_ll, cache=always, single thread", "always", ["-s"], quick=False),
    ]
