#!/usr/bin/env bash
# Makes the Python environment of the peers under the build folder: bash benches/compare/setup.sh
# Needs python3 with venv; pseudoflow is compiled from source by pip and needs a C compiler.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
target=$(realpath -m "${CARGO_TARGET_DIR:-$here/../../target}")
venv=$target/peers/venv
python3 -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --requirement "$here/requirements.txt"
"$venv/bin/python" - <<'PYTHON'
from importlib.metadata import version
import ortools.graph.python.max_flow, pseudoflow
print(", ".join(f"{name} {version(name)}" for name in ("ortools", "pseudoflow", "networkx", "numpy")))
PYTHON
printf 'peers: %s\n' "$venv"
