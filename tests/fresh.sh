#!/usr/bin/env bash
# Runs both commands of README on a fresh machine: a minimal Debian 12 in a folder, with the .NET SDK and nothing else. As root; needs debootstrap and about 8 GB.
#   tests/fresh.sh [arguments of tests/run.sh]      tests/fresh.sh Cli: only that project's tests. Exit code: that of tests/run.sh, or of the step that failed.
# Nothing stays, however it ends: processes and mounts end with their namespaces, the folder goes. VDFS_FRESH_SUITE (bookworm) and VDFS_FRESH_MIRROR choose another Debian.
set -euo pipefail
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
suite=${VDFS_FRESH_SUITE:-bookworm} mirror=${VDFS_FRESH_MIRROR:-http://deb.debian.org/debian}
case ${1-} in -h | --help) sed -n '2,4s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;; esac
((EUID == 0)) || { echo "fresh.sh: it makes namespaces and a system of its own; run it as root." >&2; exit 6; }
for program in debootstrap dotnet git; do
  command -v "$program" >/dev/null || { echo "fresh.sh: $program is missing; native-deps/install.sh --for release installs what packages can." >&2; exit 7; }
done

folders=${TMPDIR:-/tmp}/vdfs-fresh
# A loop device isn't of any namespace: those on files of a folder are detached by the numbers of the files.
detach_loops() {
  local device number inode
  while read -r device number inode; do
    [[ $number == "$(stat -c '%Hd:%Ld' -- "$1")" && -n $(find "$1" -xdev -inum "$inode" -print -quit) ]] && losetup -d "$device"
  done < <(losetup -l -n -O NAME,BACK-MAJ:MIN,BACK-INO 2>/dev/null)
  return 0
}
remove() {
  detach_loops "$1" 2>/dev/null || true
  rm -rf --one-file-system -- "$1"
}
# What a run that was killed left: nobody holds its lock.
for former in "$folders".*; do
  if [[ -e $former/lock ]] && flock --nonblock "$former/lock" true; then remove "$former"; fi
done

stage=$(mktemp -d "$folders.XXXXXX")
exec {lock}>"$stage/lock"
flock "$lock"
inside=
clean_up() {
  local code=$?
  trap - EXIT INT TERM HUP
  # The first process of a PID namespace takes all others with it, and the mounts go with the last of them.
  if [[ -n $inside ]]; then kill -KILL "$inside" 2>/dev/null || true; wait "$inside" 2>/dev/null || true; fi
  remove "$stage"
  exit "$code"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
# In the background, and waited for: a trap then runs at once. A kill that can't be trapped takes it along too.
run() {
  setpriv --pdeathsig KILL "$@" {lock}>&- &
  inside=$!
  local code=0
  wait "$inside" || code=$?
  inside=
  return "$code"
}
say() { printf 'fresh.sh: %s (%d s)\n' "$*" "$SECONDS" >&2; }

say "making a minimal Debian ($suite)"
fresh=$stage/root
# ca-certificates and OpenSSL are what the SDK asks of a Debian, and ICU, which a user may not have.
if ! run unshare --mount --pid --fork --kill-child=KILL --mount-proc debootstrap --variant=minbase --include=ca-certificates,libssl3 "$suite" "$fresh" "$mirror" >"$stage/log" 2>&1; then
  tail -n 20 "$stage/log" >&2
  say "debootstrap failed; its last messages are above"
  exit 1
fi
say "copying the SDK and the checkout"
sdk=$(dirname -- "$(readlink -f -- "$(command -v dotnet)")")
cp -a -- "$sdk" "$fresh/usr/share/dotnet"
ln -s /usr/share/dotnet/dotnet "$fresh/usr/bin/dotnet"
mkdir -- "$fresh/vdfs"
git -C "$root" ls-files -z --cached --others --exclude-standard \
  | (cd -- "$root" && while IFS= read -r -d '' file; do [[ ! -e $file ]] || printf '%s\0' "$file"; done) \
  | tar -C "$root" --null -T - -c | tar -C "$fresh/vdfs" -x
# What the network takes to be reached from here: names, certificates, proxies, NuGet's sources.
cp -L -- /etc/resolv.conf /etc/hosts "$fresh/etc/"
cp -- /usr/local/share/ca-certificates/*.crt "$fresh/usr/local/share/ca-certificates/" 2>/dev/null || true
apt-config dump 2>/dev/null | grep -i '^Acquire::.*Proxy' >"$fresh/etc/apt/apt.conf.d/90-host" || true
if [[ -f ${HOME:=/root}/.nuget/NuGet/NuGet.Config ]]; then
  mkdir -p -- "$fresh/root/.nuget/NuGet"
  cp -- "$HOME/.nuget/NuGet/NuGet.Config" "$fresh/root/.nuget/NuGet/"
fi
passed=()
for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY NUGET_CERT_REVOCATION_MODE CI TERM VDFS_TEST_LIMIT; do
  [[ -z ${!name-} ]] || passed+=("$name=${!name}")
done

cat >"$fresh/both.sh" <<'BOTH'
set -euo pipefail
cd /vdfs
say() { printf 'fresh.sh: %s (%d s inside)\n' "$*" "$SECONDS" >&2; }
update-ca-certificates >/dev/null 2>&1
mkdir -p /images
head -c 1M /dev/urandom >/images/disk.img
say "mount-scripts/mount.sh /images /vm"
mount-scripts/mount.sh /images /vm
mkdir /vm/.snapshots/a
cmp /images/disk.img /vm/.snapshots/a/disk.img
mount-scripts/unmount.sh /vm
say "tests/run.sh $*"
code=0
tests/run.sh "$@" || code=$?
say "tests/run.sh ended with exit code $code"
exit "$code"
BOTH
say "entering it"
run unshare --mount --propagation private --pid --fork --kill-child=KILL bash -euc '
  cd -- "$1"
  mount --bind . .
  cd -- "$1"
  mount -t proc proc proc
  mount --rbind /sys sys
  mount --rbind /dev dev
  mount -t tmpfs -o mode=755 tmpfs run
  # A machine of its own, where no path of this one can be reached.
  pivot_root . .
  umount -l .
  cd /
  shift
  exec "$@"' bash "$fresh" \
  env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 ${passed[@]+"${passed[@]}"} bash /both.sh "$@"
