#!/usr/bin/env bash
# Runs every test, after installing and building what they need. Ends with the line `N passed, N failed, N skipped`.
#   tests/run.sh [--filter EXPR] [--no-install] [PROJECT...]      PROJECT: Core, Fuse, ... or VdFs.Core.Tests; all unless told
# A mount, process, loop device or temporary file that is left over fails the run. VDFS_TEST_LIMIT: seconds per project (1700).
set -euo pipefail
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
cd -- "$root"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1 MSBUILDDISABLENODEREUSE=1
limit=${VDFS_TEST_LIMIT:-1700}

filter=
install=1
projects=()
while (($#)); do
  case $1 in
    --filter) filter=${2:?--filter needs an expression}; shift 2 ;;
    --filter=*) filter=${1#--filter=}; shift ;;
    --no-install) install=; shift ;;
    -h | --help) sed -n '2,4s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;;
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
build=(VdFs.sln)
if ((${#projects[@]})); then
  build=("${projects[@]/#/tests/}")
else
  for path in tests/*.Tests; do projects+=("${path#tests/}"); done
fi

[[ -z $install ]] || native-deps/install.sh --for test

# The command first: tests of the scripts must not find it out of date and build it while others use it.
mount-scripts/vdfs --version >/dev/null 2>&1 || mount-scripts/vdfs --version
for one in "${build[@]}"; do
  if ! log=$(dotnet restore "$one" --locked-mode -v q 2>&1); then
    printf '%s\nrun.sh: the restore of %s failed; its messages are above.\n' "$log" "$one" >&2
    exit 1
  fi
  if ! log=$(dotnet build "$one" -c Release --no-restore --disable-build-servers -v q 2>&1); then
    printf '%s\nrun.sh: the build of %s failed; its messages are above.\n' "$log" "$one" >&2
    exit 1
  fi
done

scratch=$(mktemp -d "${TMPDIR:-/tmp}/vdfs-tests.XXXXXX")
# Tests become other users, who have to get through.
chmod 711 "$scratch"
results=$(mktemp -d "${TMPDIR:-/tmp}/vdfs-results.XXXXXX")

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
  sweep || true
  rm -rf -- "$results"
  exit 130
}
trap interrupted INT TERM
trap 'sweep || true; rm -rf -- "$results"' EXIT

# Runs one project's tests; leaves its exit code and its seconds beside its log.
run_project() {
  local project=$1 code=0 began=$SECONDS
  TMPDIR=$scratch timeout --kill-after=30 "$limit" \
    dotnet test "tests/$project" -c Release --no-build --nologo -v q ${filter:+--filter "$filter"} \
    --logger "trx;LogFileName=$project.trx" --logger 'console;verbosity=minimal' --results-directory "$results" \
    >"$results/$project.log" 2>&1 </dev/null || code=$?
  echo "$code $((SECONDS - began))" >"$results/$project.end"
}

# The engine's tests compute for minutes, and the mounted ones mostly wait: side by side, those that wait go first.
beside=
if ((${#projects[@]} > 1)) && [[ " ${projects[*]} " == *" VdFs.Core.Tests "* ]]; then
  (renice -n 15 "$BASHPID" >/dev/null && run_project VdFs.Core.Tests) &
  beside=$!
fi

passed=0 failed=0 skipped=0
for project in "${projects[@]}"; do
  [[ -n $beside && $project == VdFs.Core.Tests ]] || run_project "$project"
done
[[ -z $beside ]] || wait "$beside" || true
for project in "${projects[@]}"; do
  code=1 seconds=0
  read -r code seconds <"$results/$project.end" || true
  counters=$(grep -o '<Counters [^>]*' "$results/$project.trx" 2>/dev/null | head -n 1 || true)
  counter() { sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<<"$counters"; }
  total=$(counter total) executed=$(counter executed) ok=$(counter passed)
  total=${total:-0} executed=${executed:-0} ok=${ok:-0}
  bad=$((executed - ok))
  if ((code == 124 || code == 137)); then
    echo "$project took longer than $limit seconds and was ended." >>"$results/$project.log"
  fi
  # Crashed, ended or not even begun: no test says so, hence the run does.
  ((code == 0 || bad > 0)) || bad=1
  passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + total - executed))
  if ((bad > 0)); then
    echo "--- $project failed (exit code $code):"
    cat "$results/$project.log"
  elif ((total > executed)); then
    grep -iE 'skip' "$results/$project.log" || true
  fi
  echo "$project: $ok passed, $bad failed, $((total - executed)) skipped, $seconds s"
done

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
