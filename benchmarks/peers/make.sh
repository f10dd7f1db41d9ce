#!/bin/sh
# Make the peers' environment in a folder: sh benchmarks/peers/make.sh [benchmarks/peers/.venv]
set -eu
here=$(dirname "$0")
folder=${1:-$here/.venv}
"${PYTHON:-python3}" -m venv "$folder"
"$folder/bin/python" -m pip --disable-pip-version-check --quiet install -r "$here/requirements.txt"
echo "made: $folder"
