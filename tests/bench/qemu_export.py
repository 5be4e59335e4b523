"""qemu-storage-daemon's FUSE export: plain, with a dirty bitmap, with copy-before-write."""

import json
import os
import socket
import time

import fio
import mounts
from cases import COPY_CLUSTER, STEADY, TOUCH
from contestants import Server
from processes import Failed, start

PLAIN = "plain"
BITMAP = "bitmap"
COPY = "copy-before-write"


class QemuExport(Server):
    """One export of the image. The filter's target is a sparse file beside it."""

    target = None
    context = True

    def __init__(self, name, title, state, kinds=(STEADY,), aio="threads", quick=True):
        self.name = name
        self.title = title
        self.state = state
        self.kinds = kinds
        self.aio = aio
        self.quick = quick

    def start(self, arena):
        self.arena = arena
        self.mount = self.path = f"{arena.directory}/{self.name}.img"
        with open(self.mount, "wb"):
            pass  # the export is mounted over a file
        self._start()
        if self.state == COPY and STEADY in self.kinds:
            # Past first touch: every cluster has been copied once.
            fio.job(("--rw=write", "--bs=1m", "--ioengine=libaio", "--direct=1", "--iodepth=4"), self.path, None, 300)

    def before(self, case):
        if case.kind == TOUCH:
            # A cut: a new filter with an empty target.
            self.stop()
            self._start()

    def after(self, case, sample):
        if case.kind != TOUCH or not case.stride:
            return None
        copied = os.stat(self.target).st_blocks * 512 // COPY_CLUSTER
        return None if copied == sample.operations else f"{copied} clusters copied for {sample.operations} writes"

    def _start(self):
        # Other contestants have the same file open; only one at a time writes.
        file = f"driver=file,filename={self.arena.image},locking=off,aio={self.aio}"
        blocks = [f"node-name=file,{file}", "node-name=image,driver=raw,file=file"]
        served = "image"
        if self.state == COPY:
            self.target = f"{self.arena.directory}/{self.name}.target"
            with open(self.target, "wb") as target:
                target.truncate(self.arena.image_bytes)
            blocks += [f"node-name=tfile,driver=file,filename={self.target}",
                       "node-name=target,driver=raw,file=tfile",
                       "node-name=filter,driver=copy-before-write,file=image,target=target"]
            served = "filter"
        control = f"{self.arena.directory}/{self.name}.sock"
        command = ["qemu-storage-daemon"]
        for block in blocks:
            command += ["--blockdev", block]
        command += ["--chardev", f"socket,id=control,path={control},server=on,wait=off", "--monitor", "chardev=control",
                    "--export", f"type=fuse,id=export,node-name={served},mountpoint={self.mount},writable=on,growable=off"]
        log = self.arena.log(self.name)
        self.process = start(command, log)
        mounts.wait_for(self.mount, self.process, log)
        self.arena.connections.set_limits(self.mount)
        if self.state == BITMAP:
            _qmp(control, "block-dirty-bitmap-add", {"node": "image", "name": "changed"})

    def stop(self):
        super().stop()
        if self.target and os.path.exists(self.target):
            os.unlink(self.target)


def _qmp(path, command, arguments, limit=10):
    """One command on the daemon's control socket."""
    with socket.socket(socket.AF_UNIX) as control:
        control.settimeout(limit)
        end = time.monotonic() + limit
        while True:
            try:
                control.connect(path)
                break
            except OSError:
                if time.monotonic() > end:
                    raise Failed(f"no control socket at {path}") from None
                time.sleep(0.02)
        with control.makefile("rw", encoding="utf-8") as stream:
            stream.readline()
            for name, more in (("qmp_capabilities", {}), (command, arguments)):
                stream.write(json.dumps({"execute": name, "arguments": more}) + "\n")
                stream.flush()
                answer = json.loads(stream.readline())
                if "error" in answer:
                    raise Failed(f"{name}: {answer['error'].get('desc', answer)}")


def all_states():
    """The three states, the first with another way of reaching the file too, and the third again for first touch."""
    return [
        QemuExport("qsd", "qemu-storage-daemon", PLAIN),
        QemuExport("qsd-uring", "qemu-storage-daemon, aio=io_uring", PLAIN, aio="io_uring", quick=False),
        QemuExport("qsd-bitmap", "qemu-storage-daemon, dirty bitmap", BITMAP),
        QemuExport("qsd-cbw", "qemu-storage-daemon, copy-before-write, copied", COPY),
        QemuExport("qsd-touch", "qemu-storage-daemon, copy-before-write, first touch", COPY, (TOUCH,)),
    ]
