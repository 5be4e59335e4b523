#!/bin/sh
# The yardstick: VdFs beside its peers, in one table. See --help, and docs/performance.md.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)

asked_for_help=no
for argument in "$@"; do
  case $argument in -h | --help | --list) asked_for_help=yes ;; esac
done
if [ "$asked_for_help" = no ] && [ -x "$root/native-deps/install.sh" ]; then
  "$root/native-deps/install.sh" --for bench >&2
fi
if ! command -v python3 >/dev/null; then
  echo "bench: python3 is missing: apt-get install python3" >&2
  exit 2
fi
# exec: signals reach the one who cleans up.
exec env PYTHONDONTWRITEBYTECODE=1 python3 "$root/tests/bench" "$@"
