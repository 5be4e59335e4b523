"""A filesystem of a wanted kind in a file, for as long as it's needed."""

import os
import time

import mounts
from folders import free_bytes
from processes import Failed, run

KINDS = ("ext4", "xfs", "btrfs")
FOLDERS = ("/dev/shm", "/var/tmp")  # the first with room: in memory, what is measured is the filesystem and not the disk below
ROOMY = 4  # the file is sparse, and btrfs gets slow long before it's full
MAKE = {"ext4": ["mkfs.ext4", "-q", "-F"], "xfs": ["mkfs.xfs", "-q", "-f"], "btrfs": ["mkfs.btrfs", "-q", "-f"]}


class LoopDisk:
    """Use in `with`: the value is the mount point. The loop device goes with the mount."""

    def __init__(self, kind, size):
        self.kind = kind
        self.size = size
        self.folder = None

    def __enter__(self):
        try:
            place = next((folder for folder in FOLDERS if free_bytes(folder) > self.size), None)
            if place is None:
                raise Failed(f"no room of {self.size >> 30} GiB for {self.kind}, neither in {' nor in '.join(FOLDERS)}")
            self.folder = f"{place}/vdfs-bench.{os.getpid()}.{self.kind}"
            os.makedirs(f"{self.folder}/mount")
            file = f"{self.folder}/disk"
            with open(file, "wb") as disk:
                disk.truncate(self.size * ROOMY)
            run([*MAKE[self.kind], file], 120)
            run(["mount", "-o", "loop", file, f"{self.folder}/mount"], 60)
            return f"{self.folder}/mount"
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Takes everything away."""
        if self.folder is None:
            return
        for _ in range(50):
            mounts.unmount(f"{self.folder}/mount")
            try:
                mounts.number(f"{self.folder}/mount")
            except Failed:
                break
            time.sleep(0.1)
        for file in ("disk", "mount"):
            path = f"{self.folder}/{file}"
            if os.path.isdir(path):
                os.rmdir(path)
            elif os.path.exists(path):
                os.unlink(path)
        os.rmdir(self.folder)
        self.folder = None
