#!/usr/bin/env bash
# Runs lives of the engine in the simulated world, as many seeds as told, and says of each that fails how to repeat it.
#   tests/soak.sh [SEEDS [FIRST]]      SEEDS: how many (1000000); FIRST: the first of them (1)
#   tests/soak.sh descriptors          mounted: 1,000 snapshots of 100 images, and a million files, under 4,096 descriptors (hours)
set -euo pipefail
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
cd -- "$root"
case ${1-} in -h | --help) sed -n '2,4s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;; esac
if [[ ${1-} == descriptors ]]; then
  export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1
  dotnet build tests/VdFs.Mounted.Tests -c Release --disable-build-servers -v q >/dev/null
  VDFS_DESCRIPTORS=full exec dotnet test tests/VdFs.Mounted.Tests -c Release --no-build -v q \
    --filter FullyQualifiedName~FewDescriptorsTests --logger 'console;verbosity=detailed'
fi
seeds=${1:-1000000} first=${2:-1} at_once=20000
[[ $seeds =~ ^[0-9]+$ && $first =~ ^[0-9]+$ ]] || { echo "soak.sh: SEEDS and FIRST are numbers; see --help." >&2; exit 2; }
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
test=FullyQualifiedName~World.WorldTests
dotnet build tests/VdFs.Core.Tests -c Release --disable-build-servers -v q >/dev/null
log=$(mktemp)
trap 'rm -f -- "$log"' EXIT
failed=0 done=0
while ((done < seeds)); do
  count=$((seeds - done < at_once ? seeds - done : at_once))
  if ! VDFS_FIRST=$((first + done)) VDFS_SEEDS=$count \
    dotnet test tests/VdFs.Core.Tests -c Release --no-build -v q --filter "$test" --logger 'console;verbosity=detailed' >"$log" 2>&1; then
    if ! grep -oE '^ *seed [0-9]+: .*' "$log" | sort -u >"$log.seeds" || [[ ! -s $log.seeds ]]; then
      cat "$log" >&2
      rm -f -- "$log.seeds"
      exit 1
    fi
    while read -r _ seed problem; do
      failed=$((failed + 1))
      echo "seed ${seed%:} fails: $problem"
      echo "    VDFS_SEED=${seed%:} dotnet test tests/VdFs.Core.Tests -c Release --filter $test --logger 'console;verbosity=detailed'"
    done <"$log.seeds"
    rm -f -- "$log.seeds"
  fi
  done=$((done + count))
  echo "$done of $seeds seeds, $failed failed"
done
((failed == 0))
