#!/usr/bin/env bash
# Unmounts VdFs and waits until its daemon has ended.
#   mount-scripts/unmount.sh MOUNTPOINT [options of vdfs unmount]      `mount-scripts/vdfs unmount --help` lists the options
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)

for word in "$@"; do
  case $word in -h | --help) sed -n '2,3s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;; esac
done
if (($# < 1)); then
  sed -n '2,3s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
fi
exec "$here/vdfs" unmount "$@"
