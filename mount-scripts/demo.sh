#!/usr/bin/env bash
# A guided tour: mounts a sample image, holds a snapshot still while the image is being written, backs it up, and proves it. Cleans up after itself.
#   mount-scripts/demo.sh      Exit code 0: the snapshot held still; 1: it didn't; 7: the host lacks something.
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
vdfs=$here/vdfs
if (($#)); then
  case $1 in
    -h | --help) sed -n '2,3s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;;
    *) echo "demo.sh: it takes no arguments; \"$1\" is one. --help says what it does." >&2; exit 2 ;;
  esac
fi
# What is missing is said, or built, before the tour begins.
"$vdfs" --version >/dev/null

stage=$(mktemp -d "${TMPDIR:-/tmp}/vdfs-demo.XXXXXX")
writer=
clean_up() {
  trap - EXIT INT TERM
  [[ -z $writer ]] || { kill "$writer" && wait "$writer"; } 2>/dev/null || true
  if grep -qF " $stage/mount " /proc/self/mountinfo; then
    "$vdfs" unmount "$stage/mount" >/dev/null 2>&1 || "$vdfs" unmount --lazy "$stage/mount" >/dev/null 2>&1 || umount -l "$stage/mount" || true
  fi
  rm -rf --one-file-system -- "$stage"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

say() { printf '\n%s\n' "$*"; }
run() {
  printf '  $ %s\n' "${*//"$here/"/}"
  "$@" 2>&1 | sed 's/^/    /'
}

cd -- "$stage"
mkdir images mount
say "1. A directory with a disk image of 64 MiB, full of random data."
dd if=/dev/urandom of=images/disk.img bs=1M count=64 status=none
run ls -l images

say "2. VdFs shows it at another place. Hypervisors would use the images there."
run "$vdfs" mount images mount
run ls -l mount

say "3. A program writes to the image all the time, as a virtual machine would: 4 KiB here and there."
write_on() {
  local block=0
  while :; do
    block=$(((block * 1103515245 + 12345) % 16384))
    dd if=/dev/urandom of=mount/disk.img bs=4096 count=1 seek="$block" conv=notrunc status=none
  done
}
write_on &
writer=$!
sleep 1

say "4. mkdir holds this instant."
run mkdir mount/.snapshots/demo
run ls -l mount/.snapshots/demo

say "5. Copy the snapshot's view, go on writing for two seconds, copy it again, past the kernel's cache."
run cp mount/.snapshots/demo/disk.img first.img
sleep 2
run dd if=mount/.snapshots/demo/disk.img of=second.img bs=1M iflag=direct status=none
kill "$writer" && wait "$writer" 2>/dev/null || true
writer=

say "6. Which parts of the image changed since the snapshot?"
printf '  $ vdfs changes mount/disk.img --from demo | tail -n 4\n'
"$vdfs" changes mount/disk.img --from demo | tail -n 4 | sed 's/^/    /'
run "$vdfs" snapshot list mount

say "7. The proof: both copies are the same, although the image changed in the meantime."
proof=0
cmp first.img second.img && echo "    The two copies of the view are the same, byte for byte." || proof=1
if cmp -s mount/disk.img first.img; then
  echo "    But the image never changed, so nothing is proved."
  proof=1
else
  echo "    The image itself differs from them: it went on changing."
fi

say "8. rmdir releases the snapshot; its name stays as a checkpoint, from which changes can still be told."
run rmdir mount/.snapshots/demo
run "$vdfs" snapshot list mount

say "9. Back up: all of it the first time, and only what changed from then on."
run "$vdfs" backup mount repository --init
dd if=/dev/urandom of=mount/disk.img bs=4096 count=25 seek=1000 conv=notrunc status=none
cp mount/disk.img wanted.img
run "$vdfs" backup mount repository
run "$vdfs" list repository

say "10. Restore the newest backup, and compare."
run "$vdfs" restore repository disk.img restored.img
cmp wanted.img restored.img && echo "    The restored image is the one that was backed up, byte for byte." || proof=1

say "11. Unmount: the images are plain files, as ever."
run "$vdfs" unmount mount
run ls -l images

if ((proof == 0)); then
  say "The snapshot held still while its image was being written, and the backup restored."
else
  say "The snapshot did NOT hold still, or the backup did NOT restore."
fi
exit "$proof"
