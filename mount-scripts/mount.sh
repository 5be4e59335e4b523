#!/usr/bin/env bash
# Mounts a directory of disk images with VdFs; installs and builds what is missing first, and says what it does.
#   mount-scripts/mount.sh IMAGES MOUNTPOINT [options of vdfs mount]      `mount-scripts/vdfs mount --help` lists the options
# MOUNTPOINT is made if it isn't there. Exit codes are those of vdfs: README lists them.
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=mount-scripts/build.sh
source "$here/build.sh"

for word in "$@"; do
  case $word in -h | --help) sed -n '2,4s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;; esac
done
if (($# < 2)); then
  sed -n '2,4s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
fi
# Root mounts by itself; others need fusermount3.
if ((EUID != 0)) && ! command -v fusermount3 >/dev/null; then
  "$here/../native-deps/install.sh" --for run
fi
build_command
# A mount point that isn't there yet is made; a backing directory never is: a typing error should be told.
if [[ $2 != -* && ! -e $2 && ! -L $2 && -d $1 ]]; then
  mkdir -p -- "$2"
fi
exec "$here/vdfs" mount "$@"
