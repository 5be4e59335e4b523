#!/bin/sh
# How long writers are held by cuts, releases and deletions.
set -eu
exec env PYTHONDONTWRITEBYTECODE=1 python3 "$(dirname "$0")/stalls.py" "$@"
