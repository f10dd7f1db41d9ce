#!/bin/sh
# Resolve the newest versions that fit pyproject.toml into requirements.lock (what the project
# needs to run) and requirements-test.lock (what its tests need beside that).
set -eu
python=${1:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$python" -m venv "$work/venv"
pip="$work/venv/bin/python -m pip --disable-pip-version-check --quiet"
names=$("$python" - <<'PY'
import tomllib
project = tomllib.load(open("pyproject.toml", "rb"))["project"]
print(" ".join(f"'{name}'" for name in project["dependencies"]))
print(" ".join(f"'{name}'" for name in project["optional-dependencies"]["test"]))
PY
)
run=$(printf '%s' "$names" | head -n 1)
test=$(printf '%s' "$names" | tail -n 1)
frozen() { $pip freeze --all | grep -vE '^(pip|wellhead)\b' | sed -E 's/\+cpu$//' | LC_ALL=C sort -f; }

eval "$pip install 'setuptools>=77' wheel $run"
{ echo "# Exact versions of everything Wellhead needs to run. Made by 'make lock'."; frozen; } > requirements.lock
eval "$pip install $test"
{ echo "# What the tests need beside requirements.lock. Made by 'make lock'."; frozen | grep -vxFf requirements.lock; } > requirements-test.lock
