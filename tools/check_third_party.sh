#!/usr/bin/env bash
# Builds and tests the package of examples/third-party, which is no member of the workspace.
set -euo pipefail
cd "$(dirname "$0")/../examples/third-party"
# Where tests/drift and e2e_insta.sh have compiled most of it, with the same profile.
export CARGO_TARGET_DIR=$PWD/../../target/outside CARGO_PROFILE_DEV_DEBUG=false CARGO_INCREMENTAL=0
cargo fmt --check
cargo test --quiet
