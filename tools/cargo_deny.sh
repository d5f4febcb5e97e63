#!/usr/bin/env bash
# Checks licences, bans and sources of all dependencies (deny.toml), those of the fuzz targets too. Builds cargo-deny
# below target/tools, once (four minutes of one core). What is there already (`cargo deny` of the user) is taken as it is.
# With --install it is built, and nothing is checked.
set -euo pipefail
cd "$(dirname "$0")/.."
version=0.20.2
deny=$PWD/target/tools/bin/cargo-deny
if [ ! -x "$deny" ] && command -v cargo-deny > /dev/null; then deny=$(command -v cargo-deny); fi
if [ ! -x "$deny" ]; then
  CARGO_TARGET_DIR=$PWD/target/tools/build cargo install --quiet --locked --debug --root target/tools "cargo-deny@$version"
  rm -rf target/tools/build
fi
if [ "${1-}" = --install ]; then exit; fi
for manifest in Cargo.toml fuzz/Cargo.toml; do
  "$deny" --manifest-path "$manifest" --config deny.toml --log-level error check licenses bans sources
done
