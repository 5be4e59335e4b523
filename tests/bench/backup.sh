#!/bin/bash
# What leaving out zeros and identical rewrites costs and saves: one mount, a repository per way, the same changes for all.
# Half of the changes are new data, a quarter written zeros, a quarter the same data once more.
#   tests/bench/backup.sh [FOLDER [MEBIBYTES]]
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
vdfs=${VDFS:-$here/mount-scripts/vdfs}
work=$(mktemp -d "${1:-/dev/shm}/vdfs-backup-XXXXXX")
size=${2:-512}
mkdir "$work/images" "$work/mount"
trap '$vdfs unmount "$work/mount" >/dev/null 2>&1 || true; rm -rf --one-file-system "$work"' EXIT
head -c "${size}M" /dev/urandom > "$work/images/disk.img"
$vdfs mount "$work/images" "$work/mount" >/dev/null
ways=("--store-zeros" "" "--store-zeros --skip-identical" "--skip-identical")
for i in "${!ways[@]}"; do $vdfs backup "$work/mount" "$work/$i" --init --json >/dev/null; done
part=$((size / 8))
disk=$work/mount/disk.img
dd if=/dev/urandom of="$disk" bs=1M count=$((2 * part)) conv=notrunc status=none
dd if=/dev/zero of="$disk" bs=1M seek=$((2 * part)) count="$part" conv=notrunc status=none
dd if="$disk" of="$work/same" bs=1M skip=$((4 * part)) count="$part" status=none
dd if="$work/same" of="$disk" bs=1M seek=$((4 * part)) conv=notrunc status=none
printf '%-34s %12s %10s\n' way "stored MiB" seconds
for i in "${!ways[@]}"; do
    # shellcheck disable=SC2086
    $vdfs backup "$work/mount" "$work/$i" --json ${ways[$i]} |
        python3 -c 'import json, sys; a = json.load(sys.stdin); print("%-34s %12.0f %10.2f" % (sys.argv[1] or "(default)", a["storedBytes"] / 2**20, a["seconds"]))' "${ways[$i]}"
done
