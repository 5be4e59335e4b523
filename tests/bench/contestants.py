"""What is compared. A contestant is started once, warmed, measured many times, and stopped."""

import os
import shutil

import fio
import mounts
from cases import BUFFERED, STEADY, TOUCH, VIEW
from processes import cpu_seconds, stop

IMAGE = "disk.img"


class Arena:
    """The folder on one backing filesystem that all contestants of a run work in, and the image filled with random data."""

    def __init__(self, directory, image_bytes, connections, direct_backing):
        self.directory = directory
        self.image_bytes = image_bytes
        self.connections = connections
        self.direct_backing = direct_backing
        self.shared = self.folder("images")
        self.image = f"{self.shared}/{IMAGE}"
        with open(self.image, "wb") as file:
            file.truncate(image_bytes)
        fio.job(("--rw=write", "--bs=1m", "--ioengine=psync", "--refill_buffers"), self.image, None, 600)

    def folder(self, name):
        """A new folder of its own."""
        path = f"{self.directory}/{name}"
        os.makedirs(path)
        return path

    def log(self, name):
        """Where a server's output goes."""
        return f"{self.directory}/{name}.log"

    def own_images(self, name):
        """A new folder with a copy of the image that nobody else writes to."""
        path = self.folder(name)
        shutil.copyfile(self.image, f"{path}/{IMAGE}")
        return path


class Contestant:
    """Something that serves the image at `path`."""

    name = ""
    title = ""
    kinds = ()
    quick = True       # takes part in --quick
    warmup = 0.2       # seconds; a compiler at run time needs longer
    path = ""

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

    def path_for(self, case):
        """The file that a case works on."""
        return self.path

    def takes(self, case):
        """Whether it takes part in a case."""
        return case.kind in self.kinds

    def unstick(self):
        """Called when a run outlasted its limit: fail what is under way."""


class TheFile(Contestant):
    """The file itself, with no filesystem in between."""

    name = "file"
    title = "the file itself"
    kinds = (STEADY, TOUCH, BUFFERED, VIEW)

    def start(self, arena):
        self.path = arena.image


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
