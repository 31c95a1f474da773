#!/usr/bin/env bash
# Makes the Python environment of the peers under the build folder: bash benches/decisions/setup.sh
# Needs python3 with venv; LightGBM's wheel needs the OpenMP runtime (libgomp).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
target=$(realpath -m "${CARGO_TARGET_DIR:-$here/../../target}")
venv=$target/decision-peers/venv
python3 -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --requirement "$here/requirements.txt"
"$venv/bin/python" - <<'PYTHON'
from importlib.metadata import version
import lightgbm, sklearn
print(", ".join(f"{name} {version(name)}" for name in ("lightgbm", "scikit-learn", "numpy")))
PYTHON
printf 'peers: %s\n' "$venv"
