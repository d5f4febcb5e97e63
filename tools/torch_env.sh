#!/usr/bin/env bash
# Makes target/tools/torch, an environment with PyTorch (5 GB), for the scripts that ask it.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=target/tools/torch
if [ ! -e "$venv/done.txt" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" --quiet --disable-pip-version-check install torch==2.15.0 numpy==2.4.6
  "$venv/bin/pip" freeze > "$venv/done.txt"
fi
