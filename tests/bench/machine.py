"""The machine that a table was made on."""

import os
import platform
import subprocess


def describe():
    """Lines of name and value."""
    return [
        ("CPU", f"{_cpu()}, {os.cpu_count()} cores"),
        ("memory", f"{_memory() / 2**30:.0f} GiB"),
        ("kernel", f"Linux {platform.release()} {platform.machine()}"),
        ("load before", " ".join(f"{value:.2f}" for value in os.getloadavg())),
        ("fio", _version(["fio", "--version"])),
        ("libfuse", _version(["pkg-config", "--modversion", "fuse3"])),
        ("qemu-storage-daemon", _version(["qemu-storage-daemon", "--version"])),
        (".NET SDK", _version(["dotnet", "--version"])),
    ]


def _cpu():
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        for line in info:
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


def _memory():
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _version(command):
    try:
        output = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return "not found"
    first = output.strip().splitlines()[0] if output.strip() else "unknown"
    return first.replace("qemu-storage-daemon version ", "").replace("fio-", "")
