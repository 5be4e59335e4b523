# What the host must have, per purpose; sourced by install.sh and check.sh. Debian package names.
# shellcheck shell=bash disable=SC2034

packages_run=(fuse3)
packages_test=(qemu-system-x86 qemu-utils fio xfsprogs btrfs-progs e2fsprogs rsync busybox-static attr acl util-linux cpio psmisc strace systemd borgbackup restic python3)
packages_bench=(libfuse3-dev pkg-config gcc libc6-dev)

# The guest of the tests: only its kernel and modules are wanted, so it's unpacked into a cache and never installed.
guest_package=linux-image-cloud-amd64
guest_cache=${VDFS_GUEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vdfs/guest}

# The packages for a purpose, one a line: bench includes test, test includes run.
packages_for() {
  case $1 in
    run) printf '%s\n' "${packages_run[@]}" ;;
    test) printf '%s\n' "${packages_run[@]}" "${packages_test[@]}" ;;
    bench) printf '%s\n' "${packages_run[@]}" "${packages_test[@]}" "${packages_bench[@]}" ;;
    *) echo "$0: --for takes run, test or bench, not \"$1\"." >&2; return 2 ;;
  esac
}

# Those of the given packages that aren't installed, one a line.
missing_packages() {
  local package
  for package in "$@"; do
    case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) in
      installed) ;;
      *) echo "$package" ;;
    esac
  done
}
