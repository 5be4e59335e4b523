# What the host must have, per purpose; sourced by install.sh and check.sh. Debian package names.
# shellcheck shell=bash disable=SC2034

packages_run=(fuse3)
packages_test=(
  qemu-system-x86 qemu-utils fio xfsprogs btrfs-progs e2fsprogs busybox-static attr acl util-linux
  rsync cpio borgbackup restic
  procps psmisc strace systemd python3 xz-utils tzdata
)
packages_bench=(libfuse3-dev pkg-config gcc libc6-dev)
# Not in CI: tests/fresh.sh, and tests/others.sh, which builds other projects' suites.
packages_release=(
  debootstrap git autoconf automake libtool make gcc libc6-dev pkg-config golang-go perl bc gawk
  xfslibs-dev uuid-dev libattr1-dev libacl1-dev libaio-dev libcap-dev
)

# The guest of the tests: only its kernel and modules are wanted, so it's unpacked into a cache and never installed.
guest_package=linux-image-cloud-amd64
guest_cache=${VDFS_GUEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vdfs/guest}

# The packages for a purpose, one a line: bench and release include test, test includes run.
packages_for() {
  case $1 in
    run) printf '%s\n' "${packages_run[@]}" ;;
    test) printf '%s\n' "${packages_run[@]}" "${packages_test[@]}" ;;
    bench) printf '%s\n' "${packages_run[@]}" "${packages_test[@]}" "${packages_bench[@]}" ;;
    release) printf '%s\n' "${packages_run[@]}" "${packages_test[@]}" "${packages_release[@]}" ;;
    *) echo "$0: --for takes run, test, bench or release, not \"$1\"." >&2; return 2 ;;
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
