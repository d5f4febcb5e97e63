#!/usr/bin/env bash
# Proves with the real cargo-insta that goldens are accepted as the documentation says: a package of its
# own, below target/, whose list holds a few of this project's models.
set -euo pipefail
cd "$(dirname "$0")/.."
repo=$PWD
tools/install_cargo_insta.sh
export PATH="$repo/target/tools/bin:$PATH"
unset CI INSTA_UPDATE INSTA_FORCE_PASS INSTA_CARGO_INSTA RUST_BACKTRACE
export CARGO_TERM_COLOR=never CARGO_TARGET_DIR="$repo/target/outside"
work=$repo/target/e2e/package
rm -rf "$work"
mkdir -p "$work"/{src,tests}
cd "$work"

cat > Cargo.toml <<TOML
[package]
name = "bench-of-a-user"
version = "0.0.0"
edition = "2024"
publish = false

[workspace]

[build-dependencies]
bench = { package = "quant-testgen", path = "$repo/crates/quant-testgen" }

[dev-dependencies]
quant-macros = { path = "$repo/quant-macros" }
bench = { package = "quant-testgen", path = "$repo/crates/quant-testgen", features = ["run", "core"] }

# As tests/drift has it, which builds the same crates in the same folder.
[profile.dev]
debug = false
incremental = false
TOML
cp "$repo/Cargo.lock" .
echo 'fn main() { bench::build() }' > build.rs
: > src/lib.rs
echo 'quant_macros::value_tests!(crate = bench);' > tests/value.rs
add() { # add MODEL GRANULARITY TYPE: the row with its files, the goldens excepted
  echo "addTest($1 $2 $3)" >> test.lst
  mkdir -p "recipes/$1" "test_inputs/$1/$2"
  cp "$repo/recipes/$1/test.recipe" "recipes/$1/"
  cp -r "$repo/test_inputs/$1/$2/$3" "test_inputs/$1/$2/"
}
goldens() { mkdir -p "expected_outputs/$1/$2" && cp -r "$repo/expected_outputs/$1/$2/$3" "expected_outputs/$1/$2/"; }
files() { find . -path ./target -prune -o -type f -print -o -type l -print | sort; }

fail() { echo "e2e: $*" >&2; [ -f out.log ] && tail -50 out.log >&2; exit 1; }
passes() { "$@" > out.log 2>&1 || fail "should pass: $*"; }
fails() { if "$@" > out.log 2>&1; then fail "should fail: $*"; fi; }
says() { grep -qF -- "$1" out.log || fail "is not said: $1"; }
spoil() { sed -i 's/"scale": \[*\s*/&9/' "$1"; cmp -s "$1" "$2" && fail "$1 was not spoilt"; true; }
step() { printf 'e2e: %s (%ss)\n' "$*" "$SECONDS"; }

step "two models pass"
add Conv2D_000 channel uint8; goldens Conv2D_000 channel uint8
add ReLU_000 layer uint8; goldens ReLU_000 layer uint8
passes cargo test
says "test conv2d_000::channel::uint8::quantization ... ok"

step "a wrong golden fails, and says what and where"
golden=expected_outputs/Conv2D_000/channel/uint8/quantization/ker.json
right=$repo/$golden
spoil "$golden" "$right"
fails cargo test
says '`ker` DIFFERS'
says "golden 90"
says "first in graph order: operator 0 Conv2D, which makes \`ofm\`"
[ -f pending_outputs/Conv2D_000/channel/uint8/quantization/ker.snap.new ] || fail "nothing is pending"

step "accepting it restores the plain JSON"
passes cargo insta accept
cmp "$golden" "$right" || fail "the accepted golden is not what it was"
[ -L "$golden" ] && fail "the golden became a link"
passes cargo test
[ -z "$(find pending_outputs -name '*.snap*')" ] || fail "files are left in pending_outputs"

step "the same through review"
spoil "$golden" "$right"
if command -v script > /dev/null; then
  fails cargo test
  passes script -qec "cargo insta review" /dev/null < <(sleep 2; printf a)
  says "golden 90"
  cmp "$golden" "$right" || fail "review wrote another golden"
  passes cargo test
else
  cp "$right" "$golden"
  echo "e2e: skipped, there is no program \`script\` to give review a terminal"
fi

step "rejecting it leaves nothing behind, and deleting the unreferenced deletes no golden"
spoil "$golden" "$right"
spoilt=$(sha256sum "$golden")
fails cargo test
passes cargo insta reject
[ "$spoilt" = "$(sha256sum "$golden")" ] || fail "reject changed the golden"
cp "$right" "$golden"
passes cargo test
[ -z "$(find pending_outputs -name '*.snap*')" ] || fail "files are left in pending_outputs"
before=$(find expected_outputs -type f -exec sha256sum {} + | sort)
passes cargo insta test --unreferenced=delete -- conv2d
[ "$before" = "$(find expected_outputs -type f -exec sha256sum {} + | sort)" ] || fail "goldens were touched"
spoil "$golden" "$right"
fails cargo test
[ "$(grep -c 'tensors differ' out.log)" = 1 ] || fail "one failure is told more than once"
! grep -q 'panicked at' out.log || fail "a difference looks like a panic"
cp "$right" "$golden"
passes cargo test

step "on CI and with INSTA_UPDATE=no nothing is written, whatever insta is told"
spoil "$golden" "$right"
before=$(files; cat "$golden")
for setting in "CI=true" "CI=true INSTA_UPDATE=always" "CI=true INSTA_UPDATE=new" "INSTA_UPDATE=no"; do
  fails env $setting cargo test
  says '`ker` DIFFERS'
  [ "$before" = "$(files; cat "$golden")" ] || fail "with $setting files were written"
done
cp "$right" "$golden"

step "a model without goldens stops the build and says how to make them"
add MaxPool2D_000 channel int16
missing=expected_outputs/MaxPool2D_000/channel/int16/quantization/ofm.json
fails cargo test
told="expected_outputs/MaxPool2D_000/channel/int16/quantization/{ifm,ofm}.json are missing"
says "test.lst:3:1: $told; make what the oracle computes"
fails env CI=true INSTA_CARGO_INSTA=1 INSTA_UPDATE=new cargo test
says "$told"
passes cargo build

step "cargo insta makes them"
passes cargo insta test --accept
[ -f "$missing" ] && [ ! -L "$missing" ] || fail "$missing was not made"
for golden in $(cd "$repo" && find expected_outputs/MaxPool2D_000/channel/int16 -name '*.json'); do
  cmp "$golden" "$repo/$golden" || fail "the new golden is not what the oracle makes"
done
passes cargo test
says "test maxpool2d_000::channel::int16::quantization ... ok"

step "switching between cargo test and cargo insta rebuilds nothing"
passes cargo insta test --accept
if grep -q Compiling out.log; then fail "cargo insta test compiled again"; fi
passes cargo test
if grep -q Compiling out.log; then fail "cargo test compiled again"; fi

step "an orphan and a forgotten input are told together, and so is a forbidden row"
touch expected_outputs/MaxPool2D_000/channel/int16/quantization/.json
rm -r test_inputs/ReLU_000
fails cargo test
says "expected_outputs/MaxPool2D_000/channel/int16/quantization/.json: no row of the list needs this file"
says "test.lst:2:1: test_inputs/ReLU_000/layer/uint8 is missing"
echo "addTest(MaxPool2D_000 layer int16)" >> test.lst
fails cargo test
says "test.lst:4:1: addTest(MaxPool2D_000 layer int16): layer-wise quantization supports only uint8"
echo "e2e: passed (${SECONDS}s)"
