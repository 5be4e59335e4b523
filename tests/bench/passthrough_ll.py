"""libfuse's own passthrough_ll, built from the example source in Debian's libfuse3-dev."""

import gzip
import os
import shutil

import mounts
from cases import BUFFERED, FILES, STEADY, TOUCH
from contestants import IMAGE, Server
from processes import Failed, run, start

EXAMPLES = "/usr/share/doc/libfuse3-dev/examples"
SOURCES = ("passthrough_ll.c", "passthrough_helpers.h")


# libfuse's buffers are not aligned as O_DIRECT on a disk wants it: writes would fail with EINVAL.
OPENS = "& ~O_NOFOLLOW"
OPENS_CACHED = "& ~(O_NOFOLLOW | O_DIRECT)"


def build(directory, cached):
    """Builds it once per run into `directory`; returns the program's path. `cached`: it opens the image without O_DIRECT."""
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
    if cached:
        _open_cached(f"{directory}/{SOURCES[0]}")
    flags = run(["pkg-config", "--cflags", "--libs", "fuse3"]).split()
    run(["gcc", "-O2", "-o", program, f"{directory}/passthrough_ll.c", *flags])
    return program


def _open_cached(source):
    with open(source, encoding="utf-8") as file:
        text = file.read()
    if OPENS not in text:
        raise Failed(f"{SOURCES[0]} opens files in another way than expected")
    with open(source, "w", encoding="utf-8") as file:
        file.write(text.replace(OPENS, OPENS_CACHED))


class PassthroughLl(Server):
    """One way of running it."""

    def __init__(self, name, title, cache, flags, quick=True):
        self.name = name
        self.title = title
        self.cache = cache
        self.flags = flags
        self.quick = quick
        self.context = name == "pt"
        self.kinds = (BUFFERED,) if cache == "always" else (STEADY, FILES, TOUCH)

    def start(self, arena):
        self.arena = arena
        program = build(os.path.dirname(arena.directory), arena.on_disk)
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
