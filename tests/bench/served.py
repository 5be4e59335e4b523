"""Mounts of one folder by several servers, for measurements that aren't cases of the yardstick."""

import os

import mounts
import passthrough_ll
import vdfs
from processes import start, stop


class Served:
    """All that serves something in one place; use in `with`, whose end takes all of it away."""

    def __init__(self, place):
        self.place = place
        self.ends = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        while self.ends:
            self.ends.pop()()

    def vdfs(self, images):
        """Mounts a folder of images; returns the mount point."""
        mount = self._folder("mount")
        servers = []
        self.ends.append(lambda: vdfs.unmount(mount, servers, self.place.connections))
        servers += vdfs.mount(images, mount)
        return mount

    def passthrough_ll(self, images):
        """The same by passthrough_ll, which keeps cached pages as VdFs's views do."""
        mount = self._folder("pt")
        program = passthrough_ll.build(self.place.directory, False)
        self._start([program, "-f", "-o", f"source={images},cache=always", *passthrough_ll.CLONE, mount], [mount])
        return mount

    def qemu_exports(self, files):
        """Each file as an export of one qemu-storage-daemon that only reads; returns the exports' paths."""
        command, exports = ["qemu-storage-daemon"], []
        for number, file in enumerate(files):
            export = f"{self.place.directory}/export{number}"
            with open(export, "wb"):
                pass  # it's mounted over a file
            exports.append(export)
            command += ["--blockdev", f"driver=file,node-name=f{number},filename={file},locking=off,read-only=on",
                        "--export", f"type=fuse,id=e{number},node-name=f{number},mountpoint={export}"]
        self._start(command, exports)
        return exports

    def _folder(self, name):
        path = f"{self.place.directory}/{name}"
        os.makedirs(path)
        return path

    def _start(self, command, mount_points):
        log = f"{mount_points[0]}.log"
        process = start(command, log)
        self.ends.append(lambda: self._end(process, mount_points))
        for mount in mount_points:
            mounts.wait_for(mount, process, log)

    def _end(self, process, mount_points):
        for mount in mount_points:
            mounts.unmount(mount)
        stop(process)
        if process.poll() is None:
            for mount in mount_points:
                self.place.connections.abort(mount)
            stop(process)
