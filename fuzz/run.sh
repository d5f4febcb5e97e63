#!/usr/bin/env bash
# Runs fuzz targets one after the other, each with a corpus that begins with this repository's own files.
#   fuzz/run.sh [SECONDS [TARGET…]]
# Needs cargo-fuzz (`cargo install cargo-fuzz`) and a nightly compiler; with FUZZ_SANITIZER=none, which misses what only the address
# sanitizer sees and runs several times as fast, any compiler does. Logs go to $FUZZ_LOGS (fuzz/logs).
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-1800}
shift || true
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
  mapfile -t targets < <(cd fuzz/fuzz_targets && printf '%s\n' *.rs | sed 's/\.rs$//')
fi
logs=${FUZZ_LOGS:-fuzz/logs}
sanitizer=${FUZZ_SANITIZER:-address}
toolchain=(+nightly)
if [ "$sanitizer" = none ]; then toolchain=(); fi
mkdir -p "$logs"
copy() { # copy TARGET FILE…: into the corpus of the target, under a name of its own
  local folder=fuzz/corpus/$1 file
  shift
  for file in "$@"; do
    if [ -f "$file" ]; then cp "$file" "$folder/$(printf '%s' "$file" | tr '/.' '__')"; fi
  done
}
cargo run --quiet -p quant-hostile --example seeds -- fuzz/corpus
for target in "${targets[@]}"; do
  mkdir -p "fuzz/corpus/$target"
  copy "$target" tests/hostile/"$target"/*
  case $target in
    import_tflite | round_trip)
      for file in "${QUANT_REFERENCE:-../shared}"/models/*.tflite; do
        # Large files make a fuzzer slow.
        if [ -f "$file" ] && [ "$(stat -c %s "$file")" -le 131072 ]; then copy "$target" "$file"; fi
      done ;;
    picture) copy "$target" crates/quant-picture/tests/vectors/*.{png,jpg,webp} ;;
    onnx_case) copy "$target" recipes/Onnx_*/model.textproto tests/hostile/onnx_model/* ;;
    test_lst) copy "$target" test.lst ;;
    qconf) copy "$target" config_files/*/*/*/qconf.json ;;
    statistics) copy "$target" "${QUANT_REFERENCE:-../shared}"/reference/tflite/models/net_*/*calibration.json ;;
    aeq_recipe) copy "$target" "${QUANT_REFERENCE:-../shared}"/reference/tflite/aeq_recipes/*.json ;;
    onnx_model | onnx_pipeline) copy "$target" "${QUANT_REFERENCE:-../shared}"/reference/onnx/*/{model,qmodel/*}.onnx ;;
    graph_def) copy "$target" "${QUANT_REFERENCE:-../shared}"/reference/amct/{graphs,qat}/*/model.pb ;;
    amct_graph) copy "$target" "${QUANT_REFERENCE:-../shared}"/reference/amct/{graphs,qat}/*/model.pbtxt tests/hostile/graph_text/* ;;
    amct_simple) copy "$target" "${QUANT_REFERENCE:-../shared}"/reference/amct/{config,perf}/*.cfg ;;
    graph_text) copy "$target" "${QUANT_REFERENCE:-../shared}"/reference/amct/{graphs,qat}/*/model.pbtxt ;;
    golden_json) copy "$target" expected_outputs/{Conv2D_000,Add_000,InstanceNorm_000}/*/*/*/*.json ;;
  esac
  cargo "${toolchain[@]}" fuzz run --sanitizer "$sanitizer" "$target" "fuzz/corpus/$target" -- -max_total_time="$seconds" -timeout=10 \
    -rss_limit_mb=2048 -malloc_limit_mb=1024 -max_len=131072 -print_final_stats=1 > "$logs/$target.log" 2>&1 \
    && state=done || state="STOPPED, see its log"
  printf '%s: %s: %s\n' "$target" "$state" "$(grep -E '^#[0-9]+' "$logs/$target.log" | tail -1)"
done
