#!/usr/bin/env bash
# Makes target/tools/tensorflow, an environment with TensorFlow and ai-edge-quantizer (1.5 GB), for the scripts that ask them.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=target/tools/tensorflow
if [ ! -e "$venv/done.txt" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" --quiet --disable-pip-version-check install tensorflow-cpu==2.21.0 ai-edge-quantizer==0.10.0
  "$venv/bin/pip" freeze > "$venv/done.txt"
fi
