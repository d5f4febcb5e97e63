#!/usr/bin/env bash
# Which changes of the arithmetic, the observers and ONE's scheme do the tests of `cargo test` not notice? cargo-mutants
# changes one expression after the other. An hour and more on two cores, so not in CI:
#
#   tools/mutants.sh [numeric|observers|scheme]…     all of them without an argument
#   SHARD=0/8 tools/mutants.sh observers             every eighth change alone
#   ONLY=in_groups tools/mutants.sh observers        changes whose names the expression finds: survivors, asked again
#
# Quick tests run first, the value tests on what they missed, and all tests of the package on what those missed. Lists are
# below target/mutants/AREA. A survivor that is the same program in other words stands in tools/mutants.accepted, with the
# reason; any other one ends with exit code 1. cargo-mutants comes below target/tools, once; $CARGO_MUTANTS names another one.
#
# What is changed is a copy of this folder at one place (target/mutants/tree, or $MUTANTS_TREE), so that what was compiled
# there for one pass, or for the last call, is there for the next.
set -euo pipefail
cd "$(dirname "$0")/.."
version=27.1.0
tool=${CARGO_MUTANTS:-$PWD/target/tools/bin/cargo-mutants}
if [ ! -x "$tool" ]; then
  CARGO_TARGET_DIR=$PWD/target/tools/build cargo install --quiet --locked --debug --root target/tools "cargo-mutants@$version"
  rm -rf target/tools/build
fi
# What is changed is compiled once for each change and runs for seconds: at level 1 the exhaustive tests of the arithmetic take
# a tenth, and the compiler no longer than without.
export CARGO_PROFILE_DEV_DEBUG=0 RUST_BACKTRACE=0
levels=("-C=--config" "-C=profile.dev.package.quant-numeric.opt-level=1")

# Git writes what differs there from what stands here, and nothing else, as it does for a branch: also what a call that was
# ended left changed.
tree=${MUTANTS_TREE:-$PWD/target/mutants/tree}
mkdir -p "$tree"
git init --quiet --bare "$tree.git"
GIT_INDEX_FILE=$tree.git/here git --git-dir="$tree.git" --work-tree=. add --all
state=$(GIT_INDEX_FILE=$tree.git/here git --git-dir="$tree.git" write-tree)
GIT_INDEX_FILE=$tree.git/there git --git-dir="$tree.git" --work-tree="$tree" read-tree --reset -u "$state"

lines() { cat "$@" 2> /dev/null | sed '/^$/d'; }

# Without the place within the file, which moves: `FILE: replace < with <= in NAME`.
named() { sed -E 's/^([^:]+):[0-9]+:[0-9]+: /\1: /' | sort; }

# mutate AREA PACKAGE "TARGET OF THE QUICK TESTS" "THEIR NAMES" FILE…
mutate() {
  local area=$1 package=$2 target=() quick=$4 out=$PWD/target/mutants/$1 files=()
  # Given to the build as well: nothing else of the package is compiled for each change.
  for word in $3; do target+=("-C=$word"); done
  shift 4
  for file in "$@"; do files+=(-f "$file"); done
  rm -rf "$out"
  mkdir -p "$out"
  local run=("$tool" mutants --in-place -d "$tree" -p "$package" -o "$out" --cap-lints true --no-shuffle --minimum-test-timeout 60 "${levels[@]}" "${files[@]}")
  local which=()
  [ -z "${SHARD:-}" ] || which+=(--shard "$SHARD" --sharding round-robin)
  [ -z "${ONLY:-}" ] || which+=(--re "$ONLY")
  # Its exit code tells of survivors, too: the lists decide.
  # shellcheck disable=SC2086
  "${run[@]}" "${which[@]}" "${target[@]}" -- -- $quick || [ -s "$out/mutants.out/outcomes.json" ] || return 1
  cp -r "$out/mutants.out" "$out/quick"
  # What was missed is named: a share of what is left would be another share.
  local pass before=quick
  for pass in values all; do
    which=()
    while IFS= read -r name; do
      which+=(--re "^$(sed 's/[][\.*^$()+?{}|]/\\&/g' <<< "$name")\$")
    done < <(lines "$out/$before/missed.txt")
    [ ${#which[@]} -gt 0 ] || break
    [ $pass = all ] || which+=(--test-package quant-values)
    "${run[@]}" "${which[@]}" || [ -s "$out/mutants.out/outcomes.json" ] || return 1
    cp -r "$out/mutants.out" "$out/$pass"
    before=$pass
  done
  # The filter by name lets changes of a struct's fields pass, whatever their name: they count when they were asked first.
  comm -12 <(lines "$out/quick/missed.txt" | sort) <(lines "$out/$before/missed.txt" | sort) > "$out/missed.txt"
  local caught unviable missed
  missed=$(wc -l < "$out/missed.txt")
  caught=$(($(lines "$out"/quick/{caught,timeout,missed}.txt | wc -l) - missed))
  unviable=$(lines "$out/quick/unviable.txt" | wc -l)
  [ $((caught + missed)) -gt 0 ] || { echo "$area: nothing was changed and tested" >&2; return 1; }
  # Each line of the list accepts one survivor.
  comm -23 <(named < "$out/missed.txt") <(sed -E '/^#/d; s/ +# .*//; /^$/d' tools/mutants.accepted | sort) > "$out/survivors.txt"
  local open
  open=$(wc -l < "$out/survivors.txt")
  awk -v area="$area" -v caught="$caught" -v missed="$missed" -v unviable="$unviable" -v open="$open" 'BEGIN {
    all = caught + missed
    printf "%s: %d mutants that compile (%d do not): %d caught, %d missed, %d of them accepted; %.1f %% killed, %.1f %% of those that change anything\n",
      area, all, unviable, caught, missed, missed - open, 100 * caught / all, 100 * caught / (caught + open)
  }'
  sed 's/^/  not noticed: /' "$out/survivors.txt"
  [ "$open" = 0 ]
}

failed=0
for area in "${@:-numeric observers scheme}"; do
  for area in $area; do
    case $area in
      numeric) mutate numeric quant-numeric "--test it" "" || failed=1 ;;
      observers)
        mutate observers quant-core --lib "record in_order" \
          'quant-core/src/record/observers/**' quant-core/src/record/{outlier,pass,recorded,mod}.rs quant-core/src/in_order.rs || failed=1
        ;;
      scheme) mutate scheme quant-core --lib "scheme::one" 'quant-core/src/scheme/one/**' || failed=1 ;;
      *) echo "$area: an area is numeric, observers or scheme" >&2; exit 2 ;;
    esac
  done
done
exit "$failed"
