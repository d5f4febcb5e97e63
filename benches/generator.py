#!/usr/bin/env python3
"""Measures the generator: N cases as functions and as a table, beside datatest-stable on the same tree.

    benches/generator.py [N ...]          default: 100 1000 10000

Makes a package for each N below target/bench-generator (models are copies of this repository's Abs_000), builds its
dependencies, and then takes for each form, in the dev profile: the build of the test crate alone and its peak memory,
the rebuild after one golden is edited, the start of a run that selects nothing, and the run. Of datatest-stable the
body only reads the golden, so its run is no comparison; its build and start are.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import time

REPO = pathlib.Path(__file__).resolve().parent.parent
HOME = REPO / "target" / "bench-generator"
ROWS = [("layer", "uint8"), ("channel", "uint8"), ("channel", "int16")]
MANIFEST = """[package]
name = "cases-{count}"
version = "0.0.0"
edition = "2024"
[workspace]
[build-dependencies]
quant-testgen = {{ path = "{repo}/crates/quant-testgen" }}
[dev-dependencies]
datatest-stable = "0.3"
quant-macros = {{ path = "{repo}/quant-macros" }}
quant-testgen = {{ path = "{repo}/crates/quant-testgen", features = ["run", "core", "table"] }}
[[test]]
name = "table"
harness = false
[[test]]
name = "datatest"
harness = false
"""
DATATEST = """fn read(path: &std::path::Path) -> datatest_stable::Result<()> {
    std::fs::read_to_string(path)?;
    Ok(())
}
datatest_stable::harness! {{ test = read, root = "expected_outputs", pattern = r"ofm\\.json$" }}
"""


def make(count: int) -> pathlib.Path:
    root = HOME / str(count)
    shutil.rmtree(root, ignore_errors=True)
    files = {
        "Cargo.toml": MANIFEST.format(count=count, repo=REPO),
        "build.rs": "fn main() { quant_testgen::build() }\n",
        "src/lib.rs": "",
        "tests/functions.rs": "quant_macros::value_tests!();\n",
        "tests/table.rs": "quant_macros::value_table!();\n",
        "tests/datatest.rs": DATATEST,
    }
    rows, made, model = [], 0, 0
    while made < count:
        name = f"Abs_{model:05}"
        model += 1
        shutil.copytree(REPO / "recipes/Abs_000", root / "recipes" / name)
        for granularity, dtype in ROWS:
            if made >= count:
                break
            made += 2  # record_minmax and quantization
            rows.append(f"addTest({name} {granularity} {dtype})\n")
            for tree in ("test_inputs", "expected_outputs"):
                end = pathlib.Path(granularity, dtype)
                shutil.copytree(REPO / tree / "Abs_000" / end, root / tree / name / end)
    files["test.lst"] = "".join(rows)
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    shutil.copy(REPO / "Cargo.lock", root)
    return root


def timed(root: pathlib.Path, *command: str) -> tuple[float, float]:
    """Seconds, and the most memory of one process in MB."""
    environment = {**os.environ, "CARGO_TARGET_DIR": str(HOME / "target"), "CARGO_TERM_QUIET": "true"}
    start = time.perf_counter()
    child = subprocess.Popen(command, cwd=root, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"{' '.join(command)} in {root}: {errors.decode()[-2000:]}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def main() -> None:
    counts = [int(word) for word in sys.argv[1:]] or [100, 1000, 10000]
    print("| cases | form | build, s | memory, MB | after one golden, s | start, s | run, s |")
    print("|---|---|---|---|---|---|---|")
    for count in counts:
        root = make(count)
        timed(root, "cargo", "test", "--no-run")
        for form in ("functions", "table", "datatest"):
            (root / "tests" / f"{form}.rs").touch()
            build, memory = timed(root, "cargo", "test", "--no-run", "--test", form)
            golden = root / "expected_outputs/Abs_00000/layer/uint8/quantization/ofm.json"
            golden.write_text(golden.read_text() + "\n")
            again, _ = timed(root, "cargo", "test", "--no-run", "--test", form)
            start, _ = timed(root, "cargo", "test", "--test", form, "nothing-is-called-so")
            run, _ = timed(root, "cargo", "test", "--test", form)
            print(f"| {count} | {form} | {build:.2f} | {memory:.0f} | {again:.2f} | {start:.2f} | {run:.2f} |", flush=True)


if __name__ == "__main__":
    main()
