#!/usr/bin/env python3
"""Measures the edit-test loop of this checkout, and what each crate costs the compiler.

    tools/loop.py [ROW ...]     default: every row
    tools/loop.py --target DIR  where it builds (default: target/loop)

Rows: numeric inlined scheme operator golden test run crates release. Each is wall time on this machine, which should have nothing
else to do, and beside it the seconds of a processor, which depend less on what else it does. `numeric`, `inlined`, `scheme`,
`operator` and `golden` change one line of the file that FILES names, run the value tests, and put the line back; the median
of three. `test` and `run` are the README's commands in a fresh clone, with the crates downloaded; `crates` is the processor
time of a clean build of everything that `cargo test --workspace` builds, crate by crate, and `release` that of the programs.
What is committed is measured in the last four. A configuration of Cargo above DIR holds there, too: give a DIR outside when there is one.
"""
import argparse
import os
import pathlib
import re
import resource
import shutil
import statistics
import subprocess
import sys
import time

REPO = pathlib.Path(__file__).resolve().parent.parent
# What is changed: a file, a text in it, and what it becomes (`{n}` differs in each round).
# `inlined` is a line that ends up in the loops of several vector units.
FILES = {
    "numeric": ("crates/quant-numeric/src/affine.rs", "let floor = 1e-5_f64;", "let floor = 1e-5_f64 + {n}e-30;"),
    "inlined": ("crates/quant-numeric/src/slice.rs", "(x - nudged_min) * inv_scale)", "(x - nudged_min) * inv_scale + {n}e-38)"),
    "scheme": ("quant-core/src/scheme/one/params.rs", "2.0 / 256.0, 128", "2.0 / 256.0 + {n}e-30, 128"),
    "operator": ("crates/quant-interp/src/ops/softmax.rs", "iter().sum();", "iter().sum::<f32>() + {n}e-38;"),
    "golden": ("expected_outputs/Add_000/channel/uint8/quantization/ofm.json", "\n", "{blanks}\n"),
}
VALUES = ["cargo", "test", "--quiet", "--test", "value"]
REACH = {"numeric": 10, "inlined": 10, "scheme": 10, "operator": 8, "golden": 2, "test": 120, "run": 75}


def run(command: list[str], cwd: pathlib.Path, target: pathlib.Path) -> tuple[float, float]:
    """Runs it; seconds of the clock, and of a processor."""
    env = {**os.environ, "CARGO_TARGET_DIR": str(target)}
    begin, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout[-3000:]}")
    wall, after = time.monotonic() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def edited(name: str, target: pathlib.Path) -> tuple[float, float]:
    file, old, new = FILES[name]
    path = REPO / file
    text = path.read_text()
    if old not in text:
        sys.exit(f"{file} has no line `{old}` any more: mend FILES")
    times = []
    run(VALUES, REPO, target)
    try:
        for n in range(1, 4):
            path.write_text(text.replace(old, new.format(n=n, blanks=" " * n), 1))
            times.append(run(VALUES, REPO, target))
    finally:
        path.write_text(text)
    return statistics.median(times)


def cloned(command: list[str], target: pathlib.Path) -> tuple[float, float]:
    clone = target / "clone"
    shutil.rmtree(clone, ignore_errors=True)
    subprocess.run(["git", "clone", "--quiet", str(REPO), str(clone)], check=True)
    subprocess.run(["cargo", "fetch", "--quiet"], cwd=clone, check=True)
    try:
        return run(command, clone, clone / "target")
    finally:
        shutil.rmtree(clone, ignore_errors=True)


def crates(target: pathlib.Path, command: list[str]) -> None:
    """One line per crate: processor seconds of its compilers, told by a wrapper around rustc."""
    clone, log = target / "clone", target / "crates.tsv"
    shutil.rmtree(clone, ignore_errors=True)
    log.unlink(missing_ok=True)
    subprocess.run(["git", "clone", "--quiet", str(REPO), str(clone)], check=True)
    wrapper = target / "rustc"
    # No shell: it would lose variables such as CARGO_BIN_EXE_circle-quantizer.
    code = f"sys.path.insert(0, {str(REPO / 'tools')!r}); import loop; loop.rustc({str(log)!r}, sys.argv[1:])"
    wrapper.write_text(f"#!{sys.executable}\nimport sys; {code}\n")
    wrapper.chmod(0o755)
    os.environ["RUSTC_WRAPPER"] = str(wrapper)
    wall, _ = run(command, clone, clone / "target")
    del os.environ["RUSTC_WRAPPER"]
    members = {path.parent.name for path in clone.glob("**/Cargo.toml") if "target" not in path.relative_to(clone).parts} | {"quant"}
    members = {member.replace("-", "_") for member in members}
    costs, others = {}, 0.0
    for line in log.read_text().splitlines():
        package, kind, seconds = line.split("\t")
        if package.replace("-", "_") not in members:
            others += float(seconds)
            continue
        cost = costs.setdefault(package, {"lib": 0.0, "test": 0.0, "bin": 0.0})
        cost[kind] += float(seconds)
    print("| crate | library | tests | programs |\n|---|---|---|---|")
    for package, cost in sorted(costs.items(), key=lambda item: -sum(item[1].values())):
        print(f"| {package} | {cost['lib']:.1f} | {cost['test']:.1f} | {cost['bin']:.1f} |")
    total = others + sum(sum(cost.values()) for cost in costs.values())
    print(f"| other people's | {others:.1f} | | |\n\n{total:.0f} s of a processor in {wall:.0f} s\n")
    shutil.rmtree(clone, ignore_errors=True)


def rustc(log: str, command: list[str]) -> None:
    code = subprocess.run(command).returncode
    if "--crate-name" in command:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        package = os.environ.get("CARGO_PKG_NAME", command[command.index("--crate-name") + 1])
        kind = "test" if "--test" in command or "tests/" in " ".join(command) else "lib"
        if "bin" in [b for a, b in zip(command, command[1:]) if a == "--crate-type"]:
            kind = "test" if kind == "test" else "bin"
        with open(log, "a") as file:
            file.write(f"{package}\t{kind}\t{used.ru_utime + used.ru_stime:.2f}\n")
    sys.exit(code)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", default=[])
    parser.add_argument("--target", type=pathlib.Path, default=REPO / "target" / "loop")
    options = parser.parse_args()
    options.target = options.target.resolve()
    options.target.mkdir(parents=True, exist_ok=True)
    rows = options.rows or [*FILES, "test", "run", "crates", "release"]
    times = {}
    for row in rows:
        if row == "crates":
            crates(options.target, ["cargo", "test", "--workspace", "--no-run"])
        elif row == "release":
            crates(options.target, ["cargo", "build", "--release"])
        elif row == "test":
            times[row] = cloned(["cargo", "test", "--quiet", "--workspace"], options.target)
        elif row == "run":
            times[row] = cloned(["cargo", "run", "--release", "--quiet", "--", "run", "-o", "out.circle"], options.target)
        else:
            times[row] = edited(row, options.target)
        if row in times:
            print(f"{row}: {times[row][0]:.1f} s", file=sys.stderr, flush=True)
    if times:
        print("| row | s | of a processor | reach |\n|---|---|---|---|")
        for row, (wall, processor) in times.items():
            print(f"| {row} | {wall:.1f} | {processor:.1f} | {REACH[row]} |")


if __name__ == "__main__":
    main()
