#!/bin/sh
# What ten thousand images, an image of 15 TiB and a hundred checkpoints cost.
set -eu
exec env PYTHONDONTWRITEBYTECODE=1 python3 "$(dirname "$0")/scale.py" "$@"
