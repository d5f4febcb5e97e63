#!/usr/bin/env bash
# Puts cargo-insta below target/tools, in the version of the insta crate.
set -euo pipefail
cd "$(dirname "$0")/.."
version=$(sed -n '/^name = "insta"$/{n;s/version = "\(.*\)"/\1/p}' Cargo.lock)
if ! target/tools/bin/cargo-insta --version 2> /dev/null | grep -qF "$version"; then
  cargo install cargo-insta --version "$version" --locked --debug --quiet --root target/tools
fi
