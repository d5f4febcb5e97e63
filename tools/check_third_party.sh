#!/usr/bin/env bash
# Builds and tests the package of examples/third-party, which is no member of the workspace.
set -euo pipefail
cd "$(dirname "$0")/../examples/third-party"
export CARGO_TARGET_DIR=$PWD/../../target/third-party
cargo fmt --check
cargo clippy --quiet --all-targets -- -D warnings
cargo test --quiet
