#!/usr/bin/env bash
# Installs what VdFs needs on Debian and Ubuntu, and only what is missing.
#   native-deps/install.sh [--for run|test|bench|release]      (run unless told)
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=native-deps/packages.sh
source "$here/packages.sh"

purpose=run
while (($#)); do
  case $1 in
    --for) purpose=${2:?--for needs run, test, bench or release}; shift 2 ;;
    --for=*) purpose=${1#--for=}; shift ;;
    -h | --help) sed -n '2,3s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;;
    *) echo "install.sh: unknown argument \"$1\"; it takes --for run|test|bench|release." >&2; exit 2 ;;
  esac
done
list=$(packages_for "$purpose") || exit 2
mapfile -t wanted <<<"$list"

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "install.sh: this isn't Debian or Ubuntu; install what is called like this there: ${wanted[*]}." >&2
  "$here/check.sh" --for "$purpose" && exit 0
  exit 7
fi

as_root() {
  if ((EUID == 0)); then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else
    echo "install.sh: installing packages needs root; run as root: apt-get install ${missing[*]-$guest_package}." >&2
    exit 6
  fi
}

updated=
update() {
  [[ -n $updated ]] && return
  local attempt
  for attempt in 1 2 3; do
    if as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o Acquire::Retries=3 update >"$log" 2>&1; then
      updated=1
      return
    fi
    sleep $((attempt * 2))
  done
  cat "$log" >&2
  echo "install.sh: apt-get update failed three times; check the network and /etc/apt/sources.list." >&2
  exit 1
}

log=$(mktemp)
scratch=
trap 'rm -rf -- "$log" ${scratch:+"$scratch"}' EXIT

mapfile -t missing < <(missing_packages "${wanted[@]}")
if ((${#missing[@]})); then
  echo "Installing ${missing[*]} ..." >&2
  update
  if ! as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 \
    install --no-install-recommends "${missing[@]}" >"$log" 2>&1; then
    cat "$log" >&2
    echo "install.sh: apt-get couldn't install ${missing[*]}; its messages are above." >&2
    exit 1
  fi
fi

# Elsewhere udev gives the device this mode; the tests also mount as other users.
if [[ $purpose != run && $EUID == 0 && -c /dev/fuse && ! -e /run/udev/control ]]; then
  chmod 0666 /dev/fuse
fi

# The kernel of the test guest, unpacked into a cache: no boot loader, no initramfs, /boot untouched.
if [[ $purpose != run ]] && ! "$here/guest-kernel.sh" >/dev/null 2>&1; then
  echo "Fetching a kernel for the test guest ..." >&2
  # The package itself is empty and names the one that holds this version's kernel.
  find_kernel() { apt-cache depends "$guest_package" 2>/dev/null | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)$/\1/p' | head -n 1; }
  kernel=$(find_kernel)
  if [[ -z $kernel ]]; then
    update
    kernel=$(find_kernel)
  fi
  if [[ -z $kernel ]]; then
    echo "install.sh: no package $guest_package in the package lists; the guest tests can't run here." >&2
    exit 1
  fi
  mkdir -p -- "$guest_cache"
  scratch=$(mktemp -d "$guest_cache/.fetch.XXXXXX")
  chmod 755 "$scratch"
  if ! (cd -- "$scratch" && apt-get -q -o Acquire::Retries=3 -o APT::Sandbox::User=root download "$kernel" >"$log" 2>&1); then
    update
    if ! (cd -- "$scratch" && apt-get -q -o Acquire::Retries=3 -o APT::Sandbox::User=root download "$kernel" >"$log" 2>&1); then
      cat "$log" >&2
      echo "install.sh: $kernel can't be downloaded; its messages are above." >&2
      exit 1
    fi
  fi
  dpkg-deb -x "$scratch"/*.deb "$scratch/root"
  rm -rf -- "$guest_cache/root"
  mv -T -- "$scratch/root" "$guest_cache/root"
  "$here/guest-kernel.sh" >/dev/null
fi
