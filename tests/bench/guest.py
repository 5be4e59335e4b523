"""A guest for measurements: a kernel, an initramfs that knows its disk, and a disk with a small system on it."""

import glob
import os
import shutil
import subprocess
import threading
import time

from processes import Failed, favour, run, stop
from vdfs import ROOT

DISK = "guest.img"
DISK_BYTES = 512 * 2**20
MODULES = ("virtio_ring", "virtio", "virtio_pci_modern_dev", "virtio_pci_legacy_dev", "virtio_pci", "virtio_mmio", "virtio_blk")
LIMIT = 240

INIT = """#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc none /proc
mount -t devtmpfs none /dev
for m in $(cat /modules/order); do insmod /modules/$m; done
n=0; while [ ! -b /dev/vda ] && [ $n -lt 100 ]; do sleep 0.1; n=$((n+1)); done
mount -t ext4 /dev/vda /root && umount /dev && exec switch_root /root /sbin/init
echo "<1>VDFS FAILED no disk" > /dev/kmsg
poweroff -f
"""

# The boot ends when all of a system's files have been read; the load is what guests do: files, small writes that must be on the disk, and back.
SYSTEM = """#!/bin/busybox sh
mount -t devtmpfs none /dev
mount -t proc none /proc
say() { echo "<1>VDFS $*" > /dev/kmsg; }
find /lib -type f | xargs cat > /dev/null
say BOOTED
dd if=/dev/zero of=/load bs=1M count=64 conv=fsync 2>/dev/null &&
dd if=/dev/zero of=/load bs=4k count=4096 conv=notrunc oflag=direct 2>/dev/null &&
dd if=/load of=/dev/null bs=4k iflag=direct count=4096 2>/dev/null &&
cp -r /lib /copy && sync && rm -r /copy /load && sync && say LOADED
mount -o remount,ro /
poweroff -f
"""


def kernel():
    """Path of the kernel and folder of its modules, as native-deps/install.sh fetches them."""
    root = run([f"{ROOT}/native-deps/guest-kernel.sh"], 60).strip().splitlines()[-1].rstrip("/")
    images = sorted(glob.glob(f"{root}/boot/vmlinuz-*-cloud-amd64"))
    if not images:
        raise Failed("no kernel for guests: native-deps/install.sh --for bench fetches one")
    return images[-1], f"{root}/lib/modules/{images[-1].partition('vmlinuz-')[2]}"


def initramfs(directory, modules):
    """Builds it; returns its path."""
    root = f"{directory}/initramfs"
    _busybox(root, INIT, "init", ("modules", "root"))
    with open(f"{root}/modules/order", "w", encoding="ascii") as order:
        for name in MODULES:
            for path in glob.glob(f"{modules}/**/{name}.ko*", recursive=True):  # what is built in has none
                shutil.copy(path, f"{root}/modules/")
                if path.endswith(".xz"):
                    run(["xz", "-d", f"{root}/modules/{os.path.basename(path)}"])
                order.write(f"{name}.ko\n")
    run(["sh", "-c", "find . | busybox cpio -o -H newc 2>/dev/null | gzip -1 > ../initrd.gz"], cwd=root)
    return f"{directory}/initrd.gz"


def disk(directory, modules, path):
    """Builds a guest's disk: a small system, with the kernel's modules for files to read."""
    root = f"{directory}/system"
    _busybox(root, SYSTEM, "sbin/init", ("sbin", "lib"))
    run(["sh", "-c", f"chroot {root} /bin/busybox --install -s /bin"])
    shutil.copytree(f"{modules}/kernel", f"{root}/lib/kernel")
    run(["mke2fs", "-q", "-t", "ext4", "-F", "-d", root, path, f"{DISK_BYTES >> 20}M"], 120)


def boot(image, cache, boot_kernel, boot_initramfs):
    """Boots from the image until it powers itself off; returns the seconds until it was up, and those of its load."""
    command = ["qemu-system-x86_64", "-M", "q35", "-accel", "tcg", "-m", "256", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
               "-kernel", boot_kernel, "-initrd", boot_initramfs, "-append", "console=ttyS0 panic=-1 quiet printk.devkmsg=on",
               "-drive", f"file={image},format=raw,if=none,id=d0,cache={cache}", "-device", "virtio-blk-pci,drive=d0", "-serial", "stdio"]
    begin = time.monotonic()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               text=True, errors="replace", start_new_session=True)
    favour(process.pid)
    end = threading.Timer(LIMIT, process.kill)
    end.start()
    seen, last = {}, "nothing"
    try:
        for line in process.stdout:
            last = line.strip() or last
            if "VDFS " in line:
                seen[line.partition("VDFS ")[2].strip()] = time.monotonic() - begin
    finally:
        end.cancel()
        stop(process)
    if "BOOTED" not in seen or "LOADED" not in seen:
        raise Failed(f"the guest on {image} didn't get through; it last said: {last}")
    return seen["BOOTED"], seen["LOADED"] - seen["BOOTED"]


def _busybox(root, script, script_path, folders):
    for folder in ("bin", "proc", "dev", *folders):
        os.makedirs(f"{root}/{folder}")
    shutil.copy(shutil.which("busybox"), f"{root}/bin/busybox")
    with open(f"{root}/{script_path}", "w", encoding="ascii") as file:
        file.write(script)
    os.chmod(f"{root}/{script_path}", 0o755)
