#!/bin/sh
# No gen-0 collection during ten seconds of steady reads and writes.
set -eu
exec env PYTHONDONTWRITEBYTECODE=1 python3 "$(dirname "$0")/collections_count.py" "$@"
