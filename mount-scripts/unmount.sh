#!/usr/bin/env bash
# Unmounts VdFs and waits until its daemon has ended.
#   mount-scripts/unmount.sh MOUNTPOINT [--lazy]
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
exec "$here/vdfs" unmount "$@"
