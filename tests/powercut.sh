#!/usr/bin/env bash
# Power cuts: VdFs runs under load in an emulated guest whose disk's writes and flushes QEMU logs; each cut loses any part of what wasn't flushed at some moment,
# and what is left is mounted on another boot and checked. Ends with exit code 0 if every promise of docs/durability.md held. As root.
#   tests/powercut.sh [CUTS] [--runs=N] [--seconds=N] [--seed=N] [--proofs=N] [--boot=N] [--mount-options=WORDS] [--keep=DIR] [--verbose] [--no-install]
# CUTS: 50 unless told, out of 4 runs of 30 s of load each. --proofs: further cuts where VdFs is made to believe that it ended cleanly, to show that the check sees what is wrong then.
# --boot: so many of the cuts are checked in a guest that boots from the disk, the others by mounting it here. --keep: disks of cuts that broke a promise. A seed repeats loads, not the guest's timing.
set -euo pipefail
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
cd -- "$root"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1 MSBUILDDISABLENODEREUSE=1 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1

install=1
words=()
for word in "$@"; do
  case $word in
    -h | --help) sed -n '2,6s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;;
    --no-install) install= ;;
    [0-9]*) words+=("--cuts=$word") ;;
    *) words+=("$word") ;;
  esac
done
[[ -z $install ]] || native-deps/install.sh --for test
project=tests/VdFs.PowerCut
if ! log=$(dotnet build "$project" -c Release -p:RestoreLockedMode=true --disable-build-servers -v q 2>&1); then
  printf '%s\npowercut.sh: the build of %s failed; its messages are above.\n' "$log" "$project" >&2
  exit 1
fi
exec dotnet "$project/bin/Release/net10.0/powercut.dll" run "${words[@]}"
