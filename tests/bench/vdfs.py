"""VdFs in its three states."""

import json
import os
import signal
import time

import fio
import mounts
from cases import BUFFERED, FILES, STEADY, TOUCH, VIEW
from contestants import IMAGE, Contestant
from processes import Failed, favour, run

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SCRIPTS = f"{ROOT}/mount-scripts"
BLOCK = 4096
BUILD_LIMIT = 900

TRACKING = "tracking"
HELD = "held"
FIRST_TOUCH = "first touch"


def find(value, name):
    """The value of a field in a JSON document, wherever it lies; None if it isn't there."""
    if isinstance(value, dict):
        if name in value:
            return value[name]
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            found = find(item, name)
            if found is not None:
                return found
    return None


def status(mount):
    """`vdfs status MOUNT --json`."""
    output = run([f"{SCRIPTS}/vdfs", "status", mount, "--json"], 30)
    try:
        return json.loads(output[output.index("{"):])
    except ValueError:
        raise Failed(f"vdfs status: can't be read: {output[:200]!r}") from None


def field(mount, name):
    """One field of the status; Failed if it isn't there."""
    value = find(status(mount), name)
    if value is None:
        raise Failed(f"vdfs status has no field {name}")
    return value


def serving(mount):
    """The processes that serve a mount: the daemon by its status, and all that were started with the mount point as an argument."""
    found = set()
    pid = find(status(mount), "pid")
    if isinstance(pid, int):
        found.add(pid)
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        try:
            with open(f"/proc/{entry}/cmdline", "rb") as line:
                arguments = line.read().split(b"\0")
        except OSError:
            continue
        if os.fsencode(mount) in arguments and any(b"vdfs" in word.lower() for word in arguments[:3]):
            found.add(int(entry))
    return sorted(found)


def build():
    """Builds what the scripts run."""
    if not os.path.exists(f"{SCRIPTS}/mount.sh"):
        raise Failed("mount-scripts/mount.sh is missing")
    run([f"{SCRIPTS}/vdfs", "--version"], BUILD_LIMIT)


def mount(images, mount_point, *options):
    """Mounts, and returns the processes that serve the mount."""
    run([f"{SCRIPTS}/mount.sh", images, mount_point, *options], 60)
    servers = serving(mount_point)
    if not servers:
        raise Failed("the serving process can't be found")
    for server in servers:
        favour(server)
    return servers


def unmount(mount_point, servers, connections):
    """Unmounts, by force if the service doesn't answer, and sees to it that the processes are gone."""
    try:
        run([f"{SCRIPTS}/unmount.sh", mount_point], 60)
    except (Failed, OSError):
        connections.abort(mount_point)
    mounts.unmount(mount_point)
    end = time.monotonic() + 10
    while any(os.path.exists(f"/proc/{pid}") for pid in servers) and time.monotonic() < end:
        time.sleep(0.05)
    left = [pid for pid in servers if os.path.exists(f"/proc/{pid}")]
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    if left:
        raise Failed(f"process {left} was still there 10 s after unmount")


def end_snapshot(mount_point, name):
    """Releases a snapshot and forgets its checkpoint."""
    os.rmdir(f"{mount_point}/.snapshots/{name}")
    os.rmdir(f"{mount_point}/.snapshots/.checkpoints/{name}")


class VdFs(Contestant):
    """One mount in one state."""

    mount = None
    arena = None
    warmup = 1.5

    def __init__(self, name, title, state, kinds, *options, quick=True):
        self.name = name
        self.title = title
        self.state = state
        self.kinds = kinds
        self.options = options  # of `vdfs mount`
        self.quick = quick
        self.context = bool(options)
        self.servers = []
        self.cuts = 0
        self.preserved = 0

    def build(self):
        build()

    def start(self, arena):
        self.arena = arena
        images = arena.own_images(f"{self.name}.images")
        self.mount = arena.folder(self.name)
        self.path = f"{self.mount}/{IMAGE}"
        self.servers = mount(images, self.mount, *self.options)
        arena.connections.set_limits(self.mount)
        if self.state == HELD:
            os.mkdir(f"{self.mount}/.snapshots/held")
        if self.state != FIRST_TOUCH:
            # Every block recorded, and preserved where a snapshot is held.
            for name in arena.names:
                fio.job(("--rw=write", "--bs=1m", "--ioengine=libaio", "--direct=1", "--iodepth=4"), f"{self.mount}/{name}", None, 300)

    def stop(self):
        if self.mount:
            unmount(self.mount, self.servers, self.arena.connections)

    def unstick(self):
        self.arena.connections.abort(self.mount)

    def pids(self):
        return self.servers

    def path_for(self, case):
        return f"{self.mount}/.snapshots/held/{IMAGE}" if case.kind == VIEW else self.path

    def before(self, case):
        if case.kind != TOUCH:
            return
        self.cuts += 1
        os.mkdir(f"{self.mount}/.snapshots/b{self.cuts}")
        self.preserved = field(self.mount, "preservedBlocks")

    def after(self, case, sample):
        if case.kind != TOUCH:
            return None
        preserved = field(self.mount, "preservedBlocks") - self.preserved
        end_snapshot(self.mount, f"b{self.cuts}")
        written = sample.bytes // BLOCK
        return None if preserved == written else f"{preserved} blocks preserved for {written} written"


def all_states():
    """The three states, and the first with requests fetched or served in other ways."""
    return [
        VdFs("vdfs", "VdFs, tracking, no snapshot", TRACKING, (STEADY, FILES, BUFFERED)),
        VdFs("vdfs-spin0", "VdFs, tracking, --spin 0", TRACKING, (STEADY,), "--spin", "0", quick=False),
        VdFs("vdfs-one", "VdFs, tracking, --threads 1", TRACKING, (STEADY,), "--threads", "1", quick=False),
        VdFs("vdfs-read", "VdFs, tracking, --transport read", TRACKING, (STEADY,), "--transport", "read", quick=False),
        VdFs("vdfs-held", "VdFs, snapshot held, blocks preserved", HELD, (STEADY, FILES, BUFFERED, VIEW)),
        VdFs("vdfs-touch", "VdFs, snapshot held, first touch", FIRST_TOUCH, (TOUCH,)),
    ]
