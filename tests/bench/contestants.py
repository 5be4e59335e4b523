"""What is compared. A contestant is started once, warmed, measured many times, and stopped."""

import os
import shutil

import fio
import mounts
from cases import BUFFERED, CLIENTS, FILES, STEADY, TOUCH, VIEW
from processes import cpu_seconds, stop

IMAGE = "disk.img"
MORE_IMAGES = [f"disk{number}.img" for number in range(1, CLIENTS)]  # for clients with a file each
MORE_BYTES = 64 * 2**20


def random_file(path, size):
    """A new file of random data."""
    with open(path, "wb") as file:
        file.truncate(size)
    fio.job(("--rw=write", "--bs=1m", "--ioengine=psync", "--refill_buffers"), path, None, 600)


class Arena:
    """The folder on one backing filesystem that all contestants of a run work in, and the images filled with random data."""

    def __init__(self, directory, image_bytes, connections, on_disk, several=False):
        self.directory = directory
        self.image_bytes = image_bytes
        self.connections = connections
        self.on_disk = on_disk  # a disk, where the page cache lies between a server and the image
        self.shared = self.folder("images")
        self.image = f"{self.shared}/{IMAGE}"
        self.names = [IMAGE, *(MORE_IMAGES if several else [])]
        for name in self.names:
            random_file(f"{self.shared}/{name}", image_bytes if name == IMAGE else MORE_BYTES)

    def folder(self, name):
        """A new folder of its own."""
        path = f"{self.directory}/{name}"
        os.makedirs(path)
        return path

    def log(self, name):
        """Where a server's output goes."""
        return f"{self.directory}/{name}.log"

    def own_images(self, name):
        """A new folder with a copy of the images that nobody else writes to."""
        path = self.folder(name)
        for image in self.names:
            shutil.copyfile(f"{self.shared}/{image}", f"{path}/{image}")
        return path


class Contestant:
    """Something that serves the image at `path`."""

    name = ""
    title = ""
    kinds = ()
    quick = True       # takes part in --quick
    warmup = 0.2       # seconds; a compiler at run time needs longer
    context = False    # not what is compared: takes part in the cases of DESIGN.md's table only, and where the time is limited once
    disk_only = False  # takes part on a disk only
    path = ""

    def build(self):
        """Builds what it needs from the checkout; takes no part in any time."""

    def start(self, arena):
        """Brings the server up. Whatever it started, `stop` ends, also after a failure half way."""

    def stop(self):
        """Ends and unmounts; also after a failure."""

    def pids(self):
        """The server's processes."""
        return []

    def cpu(self):
        """CPU seconds of the server so far; None where there is none."""
        pids = self.pids()
        return cpu_seconds(pids) if pids else None

    def before(self, case):
        """Prepares one run of a case."""

    def after(self, case, sample):
        """Cleans up after one run. Returns why the run is void, or None."""

    def args_for(self, case):
        """fio's arguments for a case."""
        return case.args

    def path_for(self, case):
        """The file that a case works on."""
        return self.path

    def paths_for(self, case):
        """The files that a case works on, each by a client of its own."""
        path = self.path_for(case)
        return [path] if case.kind != FILES else [path, *(f"{os.path.dirname(path)}/{name}" for name in MORE_IMAGES)]

    def takes(self, case):
        """Whether it takes part in a case."""
        return case.kind in self.kinds and (case.core or not self.context or case.kind in (BUFFERED, VIEW))

    def unstick(self):
        """Called when a run outlasted its limit: fail what is under way."""


class TheFile(Contestant):
    """The file itself, with no filesystem in between."""

    name = "file"
    title = "the file itself"
    context = True
    kinds = (STEADY, FILES, TOUCH, BUFFERED, VIEW)

    def start(self, arena):
        # On a disk O_DIRECT drives pages out of the cache that others, who share the image, are measured with.
        self.path = f"{arena.own_images('file.images')}/{IMAGE}" if arena.on_disk else arena.image


class TheFileCached(TheFile):
    """The same through the page cache, as the servers on a disk reach it; on tmpfs there is no difference."""

    name = "file-cached"
    title = "the file itself, through the page cache"
    kinds = (STEADY, TOUCH)
    disk_only = True

    def start(self, arena):
        self.path = arena.image

    def args_for(self, case):
        return tuple("--direct=0" if argument == "--direct=1" else argument for argument in case.args) + ("--invalidate=0",)


class Server(Contestant):
    """A contestant that is one process and one mount."""

    process = None
    mount = None
    arena = None

    def pids(self):
        return [self.process.pid] if self.process else []

    def stop(self):
        if self.mount:
            mounts.unmount(self.mount)
        if self.process:
            stop(self.process)
        if self.process and self.process.poll() is None:
            self.unstick()
            stop(self.process)

    def unstick(self):
        if self.mount:
            self.arena.connections.abort(self.mount)
