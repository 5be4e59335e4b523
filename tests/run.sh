#!/usr/bin/env bash
# Runs every test, after installing and building what they need. A line for each project as it ends; every minute, what runs now. Ends with the line
# `N passed, N failed, N skipped`. A mount, process, loop device or temporary file that is left over fails the run.
#   tests/run.sh [--filter EXPR] [--no-install] [PROJECT...]      PROJECT: Core, Fuse, ... or VdFs.Core.Tests; all unless told
# VDFS_TEST_LIMIT: seconds per project (1700). As root, tests run in a mount namespace of their own with shared propagation, as systemd makes it everywhere;
# those with the trait Propagation=both run in a private one as well.
set -euo pipefail
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
cd -- "$root"
# shellcheck source=mount-scripts/build.sh
source mount-scripts/build.sh
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1 MSBUILDDISABLENODEREUSE=1 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
limit=${VDFS_TEST_LIMIT:-1700}
words=("$@")

filter=
install=1
projects=()
while (($#)); do
  case $1 in
    --filter) filter=${2:?--filter needs an expression}; shift 2 ;;
    --filter=*) filter=${1#--filter=}; shift ;;
    --no-install) install=; shift ;;
    -h | --help) sed -n '2,6s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;;
    -*) echo "run.sh: unknown option \"$1\"; --help shows what it takes." >&2; exit 2 ;;
    *)
      name=${1#tests/}
      name=${name#VdFs.}
      name=${name%/}
      name=VdFs.${name%.Tests}.Tests
      [[ -f tests/$name/$name.csproj ]] || { echo "run.sh: there is no test project $name in tests/." >&2; exit 2; }
      projects+=("$name")
      shift
      ;;
  esac
done
# Private first: nothing of this reaches the namespace that it comes from.
if ((EUID == 0)) && [[ -z ${VDFS_TEST_NAMESPACE-} ]]; then
  VDFS_TEST_NAMESPACE=shared exec unshare --mount --propagation private bash -c 'mount --make-rshared / && exec "$@"' bash \
    bash "$root/tests/run.sh" ${words[@]+"${words[@]}"}
fi
unset VDFS_TEST_NAMESPACE
build=(VdFs.sln)
if ((${#projects[@]})); then
  build=("${projects[@]/#/tests/}")
else
  for path in tests/*.Tests; do projects+=("${path#tests/}"); done
fi

[[ -z $install ]] || native-deps/install.sh --for test
find_dotnet

results=$(mktemp -d "${TMPDIR:-/tmp}/vdfs-results.XXXXXX")
trap 'rm -rf -- "$results"' EXIT
# The command first: tests of the scripts must not find it out of date and build it while others use it.
build_command
for one in "${build[@]}"; do
  echo "Building $one ..."
  build_project "$one" "$results/build.log"
done

scratch=$(mktemp -d "${TMPDIR:-/tmp}/vdfs-tests.XXXXXX")
# Tests become other users, who have to get through.
chmod 711 "$scratch"
pulse=

# Everything that a test starts inherits TMPDIR, which so tells its processes from all others.
left_processes() {
  local environment pid
  for environment in /proc/[0-9]*/environ; do
    pid=${environment#/proc/}
    pid=${pid%/environ}
    if [[ $pid != "$$" ]] && grep -qzxF "TMPDIR=$scratch" "$environment" 2>/dev/null; then echo "$pid"; fi
  done
}
# Deepest first. The table is the kernel's text: a dead mount doesn't stop this.
left_mounts() { awk -v s="$scratch/" 'index($5, s) == 1 { print $5 }' /proc/self/mountinfo | tac; }
left_loops() { losetup -a 2>/dev/null | awk -F: -v s="$scratch/" 'index($0, s) { print $1 }'; }
# What dotnet and its test runner leave by themselves doesn't count: folders of their own, and empty ones with six letters.
left_files() {
  find "$scratch" -mindepth 1 -maxdepth 1 ! -name .dotnet ! -name 'NuGetScratch*' ! -name 'MSBuildTemp*' \
    ! -name 'clr-debug-pipe-*' ! -name 'dotnet-diagnostic-*' ! -name 'CoreFxPipe_*' ! -name 'VSTest*' \
    ! \( -type d -empty -name '??????' \) -print
}

# Says what is left over and takes it away. 1: something was.
sweep() {
  local found=0 pid mount loop file attempt
  # What a test has just told to end gets a moment to do so.
  for attempt in 1 2 3 4 5; do
    [[ -z $(left_processes) ]] && break
    sleep 1
  done
  # Again and again: one that is killed last may have started another before.
  for attempt in 1 2 3 4 5; do
    while read -r pid; do
      echo "Left over: process $pid ($(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null || true))" >&2
      kill -9 "$pid" 2>/dev/null || true
      found=1
    done < <(left_processes)
    [[ -z $(left_processes) ]] && break
    sleep 0.2
  done
  while read -r mount; do
    mount=$(printf '%b' "$mount")
    echo "Left over: mount $mount" >&2
    umount -l -- "$mount" 2>/dev/null || fusermount3 -uz -- "$mount" 2>/dev/null || true
    found=1
  done < <(left_mounts)
  while read -r loop; do
    echo "Left over: loop device $loop" >&2
    losetup -d "$loop" 2>/dev/null || true
    found=1
  done < <(left_loops)
  while read -r file; do
    echo "Left over: $file" >&2
    found=1
  done < <(left_files)
  rm -rf --one-file-system -- "$scratch"
  return "$found"
}
interrupted() {
  trap - EXIT INT TERM
  [[ -z $pulse ]] || kill "$pulse" 2>/dev/null || true
  sweep || true
  rm -rf -- "$results"
  exit 130
}
trap interrupted INT TERM
trap '[[ -z $pulse ]] || kill "$pulse" 2>/dev/null || true; sweep || true; rm -rf -- "$results"' EXIT

# Runs one project's tests, says how they went, and leaves their numbers in NAME.end: passed, failed, skipped.
#   run_project NAME PROJECT FILTER [command that runs the command that follows]
run_project() {
  local name=$1 project=$2 only=$3 code=0 began=$SECONDS counters total executed ok bad
  shift 3
  echo "$SECONDS" >"$results/$name.begun"
  echo "$name ..."
  TMPDIR=$scratch "$@" timeout --kill-after=30 "$limit" \
    "$dotnet" test "tests/$project" -c Release --no-build --nologo -v q ${only:+--filter "$only"} \
    --logger "trx;LogFileName=$name.trx" --logger 'console;verbosity=normal' --results-directory "$results" \
    >"$results/$name.log" 2>&1 </dev/null || code=$?
  counters=$(grep -o '<Counters [^>]*' "$results/$name.trx" 2>/dev/null | head -n 1 || true)
  counter() { sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<<"$counters"; }
  total=$(counter total) executed=$(counter executed) ok=$(counter passed)
  total=${total:-0} executed=${executed:-0} ok=${ok:-0}
  bad=$((executed - ok))
  if ((code == 124 || code == 137)); then
    echo "$name took longer than $limit seconds and was ended." >>"$results/$name.log"
  fi
  # Crashed, ended or not even begun: no test says so, hence the run does.
  ((code == 0 || bad > 0)) || bad=1
  # Two may end at once.
  {
    flock 7
    if ((bad > 0)); then
      echo "--- $name failed (exit code $code):"
      grep -v '^  Passed ' "$results/$name.log" || true
    elif ((total > executed)); then
      grep -iE 'skip' "$results/$name.log" || true
    fi
    echo "$name: $ok passed, $bad failed, $((total - executed)) skipped, $((SECONDS - began)) s"
  } 7>>"$results/talking"
  echo "$ok $bad $((total - executed))" >"$results/$name.end"
}

# In a namespace of its own where nothing is shared; a mount that is left there counts as one here does.
in_private() {
  # shellcheck disable=SC2016
  unshare --mount --propagation private bash -c 'code=0; "${@:3}" || code=$?; awk -v s="$1/" '\''index($5, s) == 1 { print $5 }'\'' /proc/self/mountinfo >"$2"; exit "$code"' \
    bash "$scratch" "$results/private-mounts" "$@"
}

# Says every minute what runs.
tell() {
  local waited begun name
  while :; do
    for waited in {1..12}; do sleep 5 <&- >&- 2>&-; done
    for begun in "$results"/*.begun; do
      name=${begun##*/}
      name=${name%.begun}
      [[ -e $results/$name.end || ! -e $begun ]] || echo "$name runs for $((SECONDS - $(<"$begun"))) s;$(awk '/^  (Passed|Failed) / { n++; last = $2 } END { if (n) printf " %d tests ended, the last: %s", n, last }' "$results/$name.log" 2>/dev/null)"
    done
  done
}
tell &
pulse=$!

# The engine's tests compute for minutes, and the mounted ones mostly wait: side by side, those that wait go first.
beside=
if ((${#projects[@]} > 1)) && [[ " ${projects[*]} " == *" VdFs.Core.Tests "* ]]; then
  (trap - EXIT INT TERM; renice -n 15 "$BASHPID" >/dev/null && run_project VdFs.Core.Tests VdFs.Core.Tests "$filter") &
  beside=$!
fi
for project in "${projects[@]}"; do
  [[ -n $beside && $project == VdFs.Core.Tests ]] || run_project "$project" "$project" "$filter"
  if ((EUID == 0)) && grep -rqsF 'Trait("Propagation", "both")' "tests/$project" --include='*.cs'; then
    run_project "$project.private" "$project" "${filter:+($filter)&}Propagation=both" in_private
  fi
done
[[ -z $beside ]] || wait "$beside" || true
kill "$pulse" 2>/dev/null || true
pulse=

passed=0 failed=0 skipped=0
for begun in "$results"/*.begun; do
  ok=0 bad=1 left_out=0
  read -r ok bad left_out <"${begun%.begun}.end" || true
  passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + left_out))
done
if [[ -s $results/private-mounts ]]; then
  echo "Left over in the private namespace: $(paste -sd' ' "$results/private-mounts")" >&2
  failed=$((failed + 1))
fi

if ! sweep; then
  echo "Something was left over, as said above; that is a failure." >&2
  failed=$((failed + 1))
fi
trap - EXIT INT TERM
rm -rf -- "$results"
if ((passed + failed + skipped == 0)); then
  echo "No test ran; is the filter right?" >&2
  failed=1
fi
echo "$passed passed, $failed failed, $skipped skipped"
((failed == 0))
