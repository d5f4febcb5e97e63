#!/usr/bin/env python3
"""Runs in LiteRT what this project writes as .tflite, and compares with what the project says about it.

    tools/check_litert.py QUANT [--write]

QUANT is the built command. Three parts, on the recipes of this repository:

1. rules: every recipe quantized in each way, ONE's and TensorFlow Lite's. Where `quant` gives no warning, LiteRT loads the file, with and without
   delegates, and its outputs are those of the float model but for the steps of quantization. Where it warns that there
   is no kernel, LiteRT refuses the file. Where it warns of scales, `--same-scale` makes a file of the first kind.
2. table: the table of docs/runtimes.md is what LiteRT and onert do today (`--write` writes it).
3. labels: files behind a model are read by Python's zipfile.
"""
import collections
import pathlib
import subprocess
import sys
import tempfile
import zipfile

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from onert_session import onert

QUANT, ROOT = sys.argv[1], pathlib.Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs/runtimes.md"
WAYS = {
    "default": OpResolverType.AUTO,
    "plain": OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    "reference": OpResolverType.BUILTIN_REF,
}
DATA = ["--data", "random:1:30", "--min-percentile", "0", "--max-percentile", "100"]
ONE = [f"--scheme one {words}" for words in (
    "--granularity layer", "--granularity layer --same-scale", "--granularity channel", "--type int16")]
TFLITE = [f"--scheme tflite-{name}" for name in (
    "int8", "int8-legacy", "int16x8", "uint8", "dynamic", "dynamic-legacy", "float16")]
SETTINGS = ONE + TFLITE
NETWORK = ROOT / "recipes/Net_000/test.recipe"
# What of the quantized model's outputs may differ from the float model's, as a part of their range: a few of 255 steps.
MEAN, MOST = 0.02, 0.2
# Recipes with bounds of their own.
WIDER = {
    "Less_000": (0.03, 1.0),  # a comparison of near values turns, and each turn is the whole range
    "Outputs_000": (0.03, 0.5),  # what is recorded, -2...4.1, does not reach the ends of what is compared, -3.9...4.5
    "TinyRange_000": (0.03, MOST),  # values of 1e-8, below the steps of halves
}
problems = []


def check(holds: bool, what: str) -> None:
    if not holds:
        problems.append(what)
        print(f"  WRONG: {what}")


def quant(*args):
    """The exit code and the standard error."""
    done = subprocess.run([QUANT, *map(str, args)], capture_output=True, text=True)
    return done.returncode, done.stderr


def litert(path, way, floats):
    """The outputs of each record as floats; inputs and outputs are quantized and dequantized as the file says."""
    runtime = Interpreter(str(path), experimental_op_resolver_type=WAYS[way])
    runtime.allocate_tensors()
    results = []
    for record in floats:
        for detail, value in zip(runtime.get_input_details(), record):
            scale, zero = detail["quantization"]
            if scale and detail["dtype"] != np.float32:
                limits = np.iinfo(detail["dtype"])
                value = np.clip(np.round(value / scale) + zero, limits.min, limits.max)
            runtime.set_tensor(detail["index"], value.astype(detail["dtype"]))
        runtime.invoke()
        outputs = []
        for detail in runtime.get_output_details():
            scale, zero = detail["quantization"]
            value = runtime.get_tensor(detail["index"]).astype(np.float64)
            outputs.append((value - zero) * scale if scale and detail["dtype"] != np.float32 else value)
        results.append(outputs)
    return results


def records(path):
    """As `random:` makes them: floats in -5…5, small integers."""
    random = np.random.default_rng(5)
    details = Interpreter(str(path)).get_input_details()
    made = []
    for _ in range(8):
        record = []
        for detail in details:
            if detail["dtype"] == np.float32:
                record.append(random.uniform(-5, 5, detail["shape"]).astype(np.float32))
            else:
                record.append(random.integers(0, 2, detail["shape"]).astype(detail["dtype"]))
        made.append(record)
    return made


def close(got, wanted, bounds=(MEAN, MOST)):
    """Whether outputs are the same but for quantization; and the mean error as a part of the range."""
    worst = 0.0
    for at in range(len(wanted[0])):
        right = np.stack([record[at] for record in wanted])
        error = np.abs(np.stack([record[at] for record in got]) - right)
        extent = max(float(np.ptp(right)), 1e-6)
        worst = max(worst, float(error.mean()) / extent)
        if error.mean() > bounds[0] * extent or error.max() > bounds[1] * extent:
            return False, worst
    return True, worst


def rules(folder):
    counts = collections.Counter()
    same_scale = []
    for recipe in sorted(ROOT.glob("recipes/*/test.recipe")):
        name, floats = recipe.parent.name, folder / "float.tflite"
        if quant("convert", recipe, "-o", floats)[0]:
            counts["Circle alone"] += 1
            continue
        data = records(floats)
        try:
            wanted = litert(floats, "plain", data)
        except RuntimeError as why:
            _, said = quant("convert", recipe, "-o", floats)
            check(bool(said), f"{name}: no warning, and the float model is refused: {why}")
            counts["refused as float models"] += 1
            continue
        for setting in SETTINGS:
            path = folder / "quantized.tflite"
            path.unlink(missing_ok=True)
            code, said = quant("run", recipe, *DATA, *setting.split(), "-o", path)
            if code:
                counts["not quantized"] += 1
                continue
            refused = "no kernel" in said
            for way in ("default", "plain"):
                try:
                    fits, error = close(litert(path, way, data), wanted, WIDER.get(name, (MEAN, MOST)))
                except RuntimeError as why:
                    check(bool(said), f"{name} {setting}: {way}: no warning, and refused: {why}")
                    counts["warned and refused"] += 1
                    continue
                check(not refused, f"{name} {setting}: {way}: `no kernel` is said, and it runs")
                check(fits or bool(said), f"{name} {setting}: {way}: no warning, and mean error {error:.3f} of the range")
                counts[f"{'warned' if said else 'no warning'} and {'right' if fits else 'wrong'}"] += 1
                if "--same-scale" in setting:
                    check("one scale" not in said, f"{name}: --same-scale leaves {said.strip()}")
                    same_scale += [] if said else [error]
                elif setting == ONE[0] and "one scale" in said:
                    strict, _ = quant("run", recipe, *DATA, *setting.split(), "--strict", "-o", folder / "no.tflite")
                    check(strict == 4 and not (folder / "no.tflite").exists(), f"{name}: --strict gives {strict}")
    for what, count in sorted(counts.items()):
        print(f"  {count:4} {what}")
    print(f"  --same-scale: {len(same_scale)} runs, mean error at most {max(same_scale):.4f} of the range")


COMMANDS = [
    ("TensorFlow Lite's int8", "run", "--scheme tflite-int8"),
    ("the same, int8 interface", "run", "--scheme tflite-int8 --input-type int8 --output-type int8"),
    ("the same, of the older quantizer", "run", "--scheme tflite-int8-legacy"),
    ("int16 activations, int8 weights", "run", "--scheme tflite-int16x8"),
    ("uint8 as toco made it", "run", "--scheme tflite-uint8"),
    ("dynamic range", "run", "--scheme tflite-dynamic"),
    ("float16", "run", "--scheme tflite-float16"),
    ("ONE's uint8, channel-wise", "run", "--scheme one --granularity channel"),
    ("ONE's uint8, layer-wise", "run", "--scheme one --granularity layer"),
    ("the same, float interface", "run", "--scheme one --granularity layer --input-type float32 --output-type float32"),
    ("ONE's int16", "run", "--scheme one --type int16"),
    ("weights int8", "weights-only", "--type int8"),
    ("weights int4", "weights-only", "--type int4"),
    ("weights int16", "weights-only", "--type int16"),
]


def table(folder):
    """What runs where, of one network of convolutions, pools, and a classifier."""
    floats = folder / "float.tflite"
    quant("convert", NETWORK, "-o", floats)
    data = records(floats)
    wanted = litert(floats, "plain", data)
    lines = ["| result | command | LiteRT | LiteRT, reference kernels | onert |", "|---|---|---|---|---|"]
    for name, verb, setting in COMMANDS:
        same = ["--same-scale"] if "--granularity layer" in setting else []
        args = [verb, NETWORK, *setting.split(), *same, *(DATA if verb == "run" else [])]
        quant(*args, "-o", folder / "m.tflite")
        quant(*args, "-o", folder / "m.circle")
        cells = []
        for way in ("default", "reference"):
            try:
                fits, _ = close(litert(folder / "m.tflite", way, data), wanted)
                cells.append("runs" if fits else "wrong results")
            except RuntimeError:
                cells.append("refused")
        cells.append(in_onert(folder / "m.circle", folder / "m.tflite", data, wanted))
        command = " ".join([f"quant {verb} M", *setting.split(), *same])
        lines.append(f"| {name} | `{command}` | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def in_onert(circle, tflite, data, wanted):
    """The Circle file of a result; its parameters are those of the .tflite."""
    runtime = Interpreter(str(tflite))
    given, made = runtime.get_input_details()[0], runtime.get_output_details()[0]
    values = np.stack([record[0] for record in data])
    (scale, zero), dtype = given["quantization"], given["dtype"]
    if scale and dtype != np.float32:
        limits = np.iinfo(dtype)
        values = np.clip(np.round(values / scale) + zero, limits.min, limits.max)
    got, _ = onert(circle, values.astype(dtype))
    if got is None:
        return "refused"
    scale, zero = made["quantization"]
    got = got.astype(np.float64)
    if scale and made["dtype"] != np.float32:
        got = (got - zero) * scale
    fits, _ = close([[out.reshape(wanted[0][0].shape)] for out in got], wanted)
    return "runs" if fits else "wrong results"


def documented(folder):
    lines = table(folder)
    first, last = "<!-- made by tools/check_litert.py --write -->\n", "<!-- end -->\n"
    before, rest = DOCS.read_text().split(first)
    kept, after = rest.split(last)
    if "--write" in sys.argv[2:]:
        DOCS.write_text(before + first + lines + last + after)
    else:
        check(kept == lines, f"docs/runtimes.md says otherwise; today:\n{lines}")
    print(f"  {len(COMMANDS)} rows")


def labels(folder):
    plain, model = folder / "plain.tflite", folder / "labelled.tflite"
    quant("convert", NETWORK, "-o", plain)
    for name in ("file", "archive"):
        model.write_bytes(plain.read_bytes())
        if name == "file":  # offsets from the beginning of the file
            with zipfile.ZipFile(model, "a") as archive:
                archive.writestr("labels.txt", "cat\ndog\n")
        else:  # offsets from the beginning of the archive
            with zipfile.ZipFile(folder / "a.zip", "w") as archive:
                archive.writestr("labels.txt", "cat\ndog\n")
            model.write_bytes(plain.read_bytes() + (folder / "a.zip").read_bytes())
        for out in ("out.tflite", "out.circle"):
            for args in (["convert"], ["weights-only"], ["run", *DATA]):
                quant(args[0], model, *args[1:], "-o", folder / out)
                with zipfile.ZipFile(folder / out) as archive:
                    same = archive.testzip() is None and archive.read("labels.txt") == b"cat\ndog\n"
                check(same, f"labels are lost by {args[0]} to {out}, offsets from the {name}")
    print("  12 files")


def main() -> None:
    for title, part in [("rules", rules), ("table", documented), ("labels", labels)]:
        print(f"{title}:")
        with tempfile.TemporaryDirectory() as folder:
            part(pathlib.Path(folder))
    print(f"LiteRT: {len(problems)} problems")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
