#!/usr/bin/env bash
# Runs the test suites of others on a mount of VdFs and on its backing filesystem, side by side, and prints what differs; docs/posix.md says why. As root.
#   tests/others.sh SOURCES [SUITE...]      SUITE: pjdfstest, go-fuse, fsx, ltp, xfstests; all unless told
# SOURCES has a folder for each, the projects' own sources, which are never changed and never part of VdFs; the commits are those that were tried:
#   pjdfstest    https://github.com/pjd/pjdfstest                85a8aea9e685999ef0540392fd80535f873d7ff7
#   go-fuse      https://github.com/hanwen/go-fuse               5104b2cb77366971fd1d9b4bf21ad606c9733b2e    its folder posixtest
#   ltp          https://github.com/linux-test-project/ltp       695827725f4fc14fe583043127e0335c29bbd52d    what runtest/fs names
#   xfstests     https://github.com/kdave/xfstests               63a29724a85f1999e49bf0a9bf0d22643b6116e5    ltp/fsx, and generic/quick
# go-fuse needs Go 1.21. VDFS_OTHERS_XFSTESTS: words for xfstests' `check` in place of `-g generic/quick`.
# VDFS_OTHERS: where it builds and keeps results (/tmp/vdfs-others); a suite that is built there isn't built again. VDFS_OTHERS_SECONDS: limit per suite and place (3600).
# Exit code: 0, whatever differs; 1 if a suite couldn't be built or run. Not for CI: it takes an hour or more.
set -euo pipefail
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
usage() { sed -n '2,12s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }
case ${1-} in
  -h | --help) usage; exit 0 ;;
  '') usage >&2; exit 2 ;;
esac
((EUID == 0)) || { echo "others.sh: the suites change owners and mount; run it as root." >&2; exit 6; }
sources=$(readlink -f -- "$1")
shift
known=(pjdfstest go-fuse fsx ltp xfstests)
suites=("$@")
((${#suites[@]})) || suites=("${known[@]}")
for suite in "${suites[@]}"; do
  [[ " ${known[*]} " == *" $suite "* ]] || { echo "others.sh: there is no suite $suite; there are: ${known[*]}." >&2; exit 2; }
  folder=$suite
  [[ $suite != fsx ]] || folder=xfstests
  [[ -d $sources/$folder ]] || { echo "others.sh: $sources has no folder $folder; --help says what belongs there." >&2; exit 3; }
done
# A namespace of its own: what a suite mounts, and this script, goes with it.
if [[ -z ${VDFS_OTHERS_NAMESPACE-} ]]; then
  VDFS_OTHERS_NAMESPACE=1 exec unshare --mount --propagation private bash "$root/tests/others.sh" "$sources" "${suites[@]}"
fi

"$root/native-deps/install.sh" --for release
work=${VDFS_OTHERS:-/tmp/vdfs-others} limit=${VDFS_OTHERS_SECONDS:-3600}
mkdir -p -- "$work/build" "$work/results"
chmod 755 "$work"
export VDFS_BUILD=
"$root/mount-scripts/vdfs" --version >/dev/null
export VDFS_BUILD=never

# The ground: one filesystem, with a directory that is used as it is, and one that VdFs shows.
ground=$work/ground plain=$work/ground/plain images=$work/ground/images mount=$work/mount
clean_up() {
  trap - EXIT INT TERM
  "$root/mount-scripts/vdfs" unmount "$mount" >/dev/null 2>&1 || "$root/mount-scripts/vdfs" unmount --lazy "$mount" >/dev/null 2>&1 || true
  local point
  for point in "$work/test" "$work/scratch" "$ground"; do umount -l "$point" 2>/dev/null || true; done
  losetup -l -n -O NAME,BACK-FILE | awk -v w="$work/" 'index($2, w) == 1 { print $1 }' | xargs -r losetup -d
  rm -rf -- "$work/ground.ext4" "$work"/state* "$work/over" "$mount" "$ground" "$work/test" "$work/scratch"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
mkdir -p -- "$ground" "$mount"
truncate -s 8G "$work/ground.ext4"
mkfs.ext4 -q -F "$work/ground.ext4"
mount -o loop,acl,user_xattr "$work/ground.ext4" "$ground"
mkdir -- "$plain" "$images"
chmod 777 "$plain" "$images"
"$root/mount-scripts/vdfs" mount "$images" "$mount" --state "$work/state"

say() { printf 'others.sh: %s (%d s)\n' "$*" "$SECONDS" >&2; }

# built NAME COMMANDS: a copy of the sources, built once.
built() {
  local name=$1 folder=$work/build/$1
  [[ ! -e $folder.built ]] || return 0
  say "building $name"
  rm -rf -- "$folder"
  cp -a -- "$sources/$name" "$folder"
  if ! (cd -- "$folder" && bash -euc "$2") >"$work/results/$name.build" 2>&1; then
    tail -n 20 "$work/results/$name.build" >&2
    say "building $name failed; all of its messages are in $work/results/$name.build"
    return 1
  fi
  touch -- "$folder.built"
}

# Each run_SUITE DIRECTORY prints a line `CASE RESULT` for each case, on standard output.
build_pjdfstest() { built pjdfstest 'autoreconf -ifs && ./configure && make'; }
run_pjdfstest() {
  local cases=$work/results/pjdfstest.cases
  rm -rf -- "$cases"
  mkdir -p -- "$cases"
  # Its scripts give their files names of their own, so several can run at once in one directory.
  # shellcheck disable=SC2016
  (cd -- "$work/build/pjdfstest/tests" && find . -name '*.t' -printf '%P\n' | sort) | timeout "$limit" xargs -P 4 -I{} bash -c '
    cd -- "$1" && timeout 600 bash "$2/$4" 2>/dev/null | tee -a "$5" |
      awk -v f="$4" '\''/^ok |^not ok / { not = $1 == "not"; print f ":" (not ? $3 : $2), not ? (/# TODO/ ? "known" : "fails") : "passes" }'\'' >"$3/${4//\//_}"' \
    bash "$1" "$work/build/pjdfstest/tests" "$cases" {} "$2" || true
  cat -- "$cases"/*
}

build_go-fuse() {
  local version
  version=$(go env GOVERSION)
  if [[ $(printf '%s\n' go1.21 "$version" | sort -V | head -n 1) != go1.21 ]]; then
    say "go-fuse needs Go 1.21 or newer (https://go.dev/dl); here is $version"
    return 1
  fi
  # shellcheck disable=SC2016
  built go-fuse 'cd posixtest; rm -f posixtest_test.go; printf "%s\n" "package posixtest" "import (" "\"os\"" "\"testing\"" ")" \
    "func TestOnMount(t *testing.T) { for name, one := range All { t.Run(name, func(t *testing.T) {" \
    "dir, err := os.MkdirTemp(os.Getenv(\"OTHERS_DIRECTORY\"), \"posix\"); if err != nil { t.Fatal(err) }; one(t, dir) }) } }" >mount_test.go
    go test -c -o ../posix.test .'
}
run_go-fuse() {
  (cd -- "$1" && OTHERS_DIRECTORY=$1 timeout "$limit" "$work/build/go-fuse/posix.test" -test.v) >"$2" 2>&1 || true
  sed -n 's/^ *--- \(PASS\|FAIL\|SKIP\): TestOnMount\/\([^ ]*\).*/\2 \1/p' "$2"
}

# It knows mounts by their types, and fuse.vdfs isn't among them.
build_xfstests() {
  # shellcheck disable=SC2016
  built xfstests "sed -i \"s#-e 's/fuse.glusterfs/glusterfs/'#& -e 's/fuse.vdfs/fuse/'#\" common/rc; make -j2"
}
build_fsx() { build_xfstests; }
run_fsx() {
  local seed words code
  : >"$2"
  for words in '' '-W -R' '-Z -r 4096 -w 4096 -t 4096 -h 4096' '-A'; do
    for seed in 1 2 3; do
      code=0
      # shellcheck disable=SC2086
      timeout "$limit" "$work/build/xfstests/ltp/fsx" -q -N 20000 -l 1048576 -S "$seed" $words "$1/fsx.$seed" >>"$2" 2>&1 || code=$?
      echo "fsx:${words// /_}:seed-$seed $([[ $code == 0 ]] && echo passes || echo "ends-with-$code")"
      rm -f -- "$1/fsx.$seed"*
    done
  done
}

build_ltp() { built ltp 'make autotools && ./configure && make -j2 -C lib && make -j2 -C testcases/lib && make -j2 -C testcases/kernel/fs && make -C tools/apicmds && chmod +x testcases/kernel/fs/doio/rwtest'; }
run_ltp() {
  local tag command code path
  path=$(find "$work/build/ltp/testcases/kernel/fs" -type f -perm -u+x -printf '%h\n' | sort -u | paste -sd:):$work/build/ltp/tools/apicmds
  : >"$2"
  grep -vE '^(#|$)' "$work/build/ltp/runtest/fs" | while read -r tag command; do
    # About /proc and the like, or about devices of their own.
    case $tag in read_all* | proc* | writetest* | quota* | binfmt* | squashfs* | isofs* | fs_fill) continue ;; esac
    # What runs for a time runs for five seconds.
    command=$(sed -E 's/ -L [0-9]+ / -L 5 /; s/ -i [0-9]+s / -i 5s /' <<<"$command")
    code=0
    mkdir -- "$1/$tag"
    (cd -- "$1/$tag" && TMPDIR=$1/$tag LTPROOT=$work/build/ltp PATH=$path:$work/build/ltp/testcases/lib:$PATH timeout 120 bash -c "$command") >>"$2" 2>&1 </dev/null || code=$?
    rm -rf -- "${1:?}/$tag"
    case $code in 0) echo "$tag passes" ;; 32) echo "$tag not-for-here" ;; 124) echo "$tag takes-too-long" ;; *) echo "$tag ends-with-$code" ;; esac
  done
}

# A mount of type fuse.vdfs, and users, are looked for in the system's folders: they are there in this namespace only.
stand_in() {
  local folder upper
  for folder in /usr/sbin /etc; do
    upper=$work/over$folder
    rm -rf -- "$upper"
    mkdir -p -- "$upper/upper" "$upper/work"
    mount -t overlay overlay -o "lowerdir=$folder,upperdir=$upper/upper,workdir=$upper/work" "$folder"
  done
  useradd -M -N fsgqa
  useradd -M -N fsgqa2
  cat >/usr/sbin/mount.fuse.vdfs <<HELPER
#!/bin/bash
# SOURCE POINT [-s] [-n] [-v] [-o WORDS]
exec "$root/mount-scripts/vdfs" mount "\$1" "\$2" --state "$work/state\${1//\//_}"
HELPER
  chmod 755 /usr/sbin/mount.fuse.vdfs
}
run_xfstests() {
  local results=$work/results/xfstests.cases
  rm -rf -- "$results" "$work"/state_*
  mkdir -p -- "$results" "$work/test" "$work/scratch"
  (
    cd -- "$work/build/xfstests"
    export TEST_DIR=$work/test SCRATCH_MNT=$work/scratch RESULT_BASE=$results
    if [[ $1 == "$mount"* ]]; then
      # Without a second one: it would be made anew by unmounting and emptying what is its device, a folder here.
      mkdir -p -- "$ground/test"
      export FSTYP=fuse FUSE_SUBTYP=.vdfs TEST_DEV=$ground/test
      unset SCRATCH_MNT
      mount -t fuse.vdfs "$TEST_DEV" "$TEST_DIR"
    else
      truncate -s 2G "$ground/test.ext4" "$ground/scratch.ext4"
      TEST_DEV=$(losetup -f --show "$ground/test.ext4")
      SCRATCH_DEV=$(losetup -f --show "$ground/scratch.ext4")
      export FSTYP=ext4 TEST_DEV SCRATCH_DEV
      mkfs.ext4 -q -F "$TEST_DEV"
    fi
    # shellcheck disable=SC2086
    timeout "$limit" ./check ${VDFS_OTHERS_XFSTESTS:--g generic/quick} </dev/null || true
    umount "$TEST_DIR" || true
    if [[ $FSTYP == ext4 ]]; then
      umount "$SCRATCH_MNT" || true
      losetup -d "$TEST_DEV" "$SCRATCH_DEV"
      rm -f -- "$ground"/*.ext4
    fi
  ) >"$2" 2>&1
  sed -n -E 's/^(generic\/[0-9]+).*\[not run\].*/\1 not-for-here/p; s/^(generic\/[0-9]+).*(\[failed|output mismatch).*/\1 fails/p; s/^(generic\/[0-9]+) .*[0-9]+s$/\1 passes/p' "$2" | sort -u
}

[[ " ${suites[*]} " != *" xfstests "* ]] || stand_in
broken=0
for suite in "${suites[@]}"; do
  if ! "build_$suite"; then
    broken=1
    continue
  fi
  for where in plain mount; do
    directory=${!where}/$suite
    mkdir -- "$directory"
    chmod 777 "$directory"
    say "$suite on $([[ $where == plain ]] && echo 'the backing filesystem' || echo VdFs)"
    "run_$suite" "$directory" "$work/results/$suite.$where.log" | sort >"$work/results/$suite.$where"
  done
  echo "$suite: $(wc -l <"$work/results/$suite.mount") cases on VdFs, $(wc -l <"$work/results/$suite.plain") on the backing filesystem; those whose result differs (backing filesystem, VdFs):"
  join -a 1 -a 2 -e none -o 0,1.2,2.2 "$work/results/$suite.plain" "$work/results/$suite.mount" | awk '$2 != $3 { print "  " $0; n++ } END { if (!n) print "  none" }'
done
exit "$broken"
