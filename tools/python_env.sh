#!/usr/bin/env bash
# Makes target/tools/python, the environment of the scripts that ask other people's runtimes.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=target/tools/python
if ! cmp -s tools/requirements.txt "$venv/done.txt"; then
  python3 -m venv "$venv"
  "$venv/bin/pip" --quiet --disable-pip-version-check install -r tools/requirements.txt
  cp tools/requirements.txt "$venv/done.txt"
fi
