#!/usr/bin/env bash
# Says what the host lacks; exit code 0: nothing, 7: something.
#   native-deps/check.sh [--for run|test|bench|release]      (run unless told)
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=native-deps/packages.sh
source "$here/packages.sh"

purpose=run
while (($#)); do
  case $1 in
    --for) purpose=${2:?--for needs run, test, bench or release}; shift 2 ;;
    --for=*) purpose=${1#--for=}; shift ;;
    -h | --help) sed -n '2,3s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;;
    *) echo "check.sh: unknown argument \"$1\"; it takes --for run|test|bench|release." >&2; exit 2 ;;
  esac
done
packages_for "$purpose" >/dev/null || exit 2

lacks=0
lack() {
  echo "$1" >&2
  lacks=1
}
need() { # program, package
  command -v "$1" >/dev/null || [[ -x /sbin/$1 || -x /usr/sbin/$1 ]] || lack "$1 is missing: install the package $2."
}

if [[ ! -c /dev/fuse ]]; then
  lack "/dev/fuse is missing: load the module (modprobe fuse), or give the container the device (--device /dev/fuse)."
elif [[ ! -r /dev/fuse || ! -w /dev/fuse ]]; then
  lack "/dev/fuse can't be opened by this user: its mode should be 0666."
fi
need fusermount3 fuse3
if ! command -v dotnet >/dev/null; then
  lack "dotnet is missing: install the .NET SDK 10.0 (https://dotnet.microsoft.com/download)."
elif ! dotnet --list-sdks 2>/dev/null | grep -q '^10\.'; then
  lack "The .NET SDK 10.0 is missing; there is: $(dotnet --list-sdks 2>/dev/null | cut -d' ' -f1 | paste -sd, -)."
fi

if [[ $purpose != run ]]; then
  need qemu-system-x86_64 qemu-system-x86
  need qemu-img qemu-utils
  need fio fio
  need mkfs.xfs xfsprogs
  need mkfs.btrfs btrfs-progs
  need e2fsck e2fsprogs
  need rsync rsync
  need busybox busybox-static
  need getfattr attr
  need getfacl acl
  need losetup util-linux
  need cpio cpio
  need ps procps
  need fuser psmisc
  need strace strace
  need python3 python3
  need xz xz-utils
  "$here/guest-kernel.sh" >/dev/null || lacks=1
fi
if [[ $purpose == release ]]; then
  need debootstrap debootstrap
  need git git
  need autoreconf autoconf
  need automake automake
  need libtoolize libtool
  need make make
  need gcc gcc
  need go golang-go
  need gawk gawk
  need bc bc
fi
if [[ $purpose == bench ]]; then
  need gcc gcc
  need pkg-config pkg-config
  pkg-config --exists fuse3 2>/dev/null || lack "libfuse's headers are missing: install the package libfuse3-dev."
fi

if ((lacks)); then
  echo "native-deps/install.sh --for $purpose installs what packages can." >&2
  exit 7
fi
echo "Nothing is missing to $purpose VdFs."
