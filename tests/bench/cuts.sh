#!/bin/sh
# How long a cut of a thousand images holds writers.
set -eu
exec env PYTHONDONTWRITEBYTECODE=1 python3 "$(dirname "$0")/cut_times.py" "$@"
