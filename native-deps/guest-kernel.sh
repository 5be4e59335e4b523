#!/usr/bin/env bash
# Prints the folder that holds boot/vmlinuz-* and lib/modules/* for the test guest: the cache that install.sh fills, else the system's own.
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=native-deps/packages.sh
source "$here/packages.sh"

for folder in "$guest_cache/root" ""; do
  for kernel in "$folder"/boot/vmlinuz-*-cloud-amd64; do
    version=${kernel##*/vmlinuz-}
    if [[ -r $kernel && -d $folder/lib/modules/$version ]]; then
      echo "${folder:-/}"
      exit 0
    fi
  done
done
echo "guest-kernel.sh: no kernel for the test guest; native-deps/install.sh --for test fetches one." >&2
exit 7
