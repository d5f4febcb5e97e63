#!/usr/bin/env bash
# cargo publish --workspace --dry-run, of a copy in which publishing is on: Cargo.toml has it off. Shows that every crate
# can be packed: versions, metadata, files, order. With --verify each packed crate is compiled by itself, as crates.io
# would get it (some minutes).
set -euo pipefail
cd "$(dirname "$0")/.."
verify=--no-verify
if [ "${1-}" = --verify ]; then verify=; fi
copy=target/publish/tree
rm -rf "$copy"
mkdir -p "$copy"
git ls-files --cached --others --exclude-standard -z \
  | while IFS= read -r -d '' file; do if [ -f "$file" ]; then printf '%s\0' "$file"; fi; done \
  | tar --null --files-from - --create | tar --extract --directory "$copy"
sed -i '/^\[workspace.package\]/,/^$/ s/^publish = false$/publish = true/' "$copy/Cargo.toml"
cd "$copy"
log=../log.txt
# shellcheck disable=SC2086
if ! cargo publish --workspace --dry-run --allow-dirty --locked $verify --target-dir ../build > "$log" 2>&1; then
  cat "$log" >&2
  exit 1
fi
wanted=$(grep --files-with-matches '^publish.workspace = true' Cargo.toml ./*/Cargo.toml crates/*/Cargo.toml | wc -l)
found=$(grep --count '^ *Uploading ' "$log" || true)
echo "$found of $wanted crates can be published"
cd ../../..
rm -rf "$copy" target/publish/build/package
[ "$found" -eq "$wanted" ]
