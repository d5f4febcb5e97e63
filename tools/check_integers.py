#!/usr/bin/env python3
"""Runs quantized models here and in LiteRT, and compares every tensor, bit for bit.

    tools/check_integers.py QUANT [REFERENCE] [--scheme NAME ...] [--model PATTERN] [--records N]

QUANT is the built command. The recipes of this repository, and with REFERENCE (a folder with `reference/tflite` and `models`)
its float models, are quantized by each scheme; its `*_int8_converter.tflite` are taken as they are. Each runs on the same
records in `quant infer --all` and in LiteRT, in both runtimes of docs/integers.md. A model that either of them refuses is
named with the reason. Ends with `integers: N models, T tensors, V values, D differ`, and fails when D is not 0.
"""
import argparse
import collections
import fnmatch
import json
import os
import pathlib
import subprocess
import sys
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

ROOT = pathlib.Path(__file__).resolve().parent.parent
RUNTIMES = {
    "litert-reference": OpResolverType.BUILTIN_REF,
    "litert": OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
}
SCHEMES = ["tflite-int8", "tflite-int8-legacy", "tflite-int16x8"]
count = collections.Counter()
refused = collections.defaultdict(list)
differ = []


def quant(*args) -> str | None:
    """What it says when it fails."""
    done = subprocess.run([options.quant, *map(str, args)], capture_output=True, text=True)
    return None if done.returncode == 0 else (done.stderr.strip().splitlines() or ["?"])[-1]


def records(interpreter: Interpreter, seed: int) -> list[np.ndarray]:
    """Random ones for inputs that nobody gives data for."""
    random = np.random.default_rng(seed)
    made = []
    for detail in interpreter.get_input_details():
        shape = (options.records, *detail["shape"])
        if np.issubdtype(detail["dtype"], np.floating):
            made.append(random.uniform(-1, 1, shape).astype(detail["dtype"]))
        else:
            limits = np.iinfo(detail["dtype"])
            made.append(random.integers(limits.min, limits.max + 1, shape).astype(detail["dtype"]))
    return made


def compare(name: str, model: pathlib.Path, data: list[np.ndarray] | None, folder: pathlib.Path) -> None:
    for runtime, resolver in RUNTIMES.items():
        try:
            interpreter = Interpreter(
                model_path=str(model),
                experimental_op_resolver_type=resolver,
                experimental_preserve_all_tensors=True,
                num_threads=1,
            )
            interpreter.allocate_tensors()
        except (RuntimeError, ValueError) as error:
            refused[f"LiteRT: {str(error).splitlines()[0][:100]}"].append(f"{name} {runtime}")
            continue
        details = interpreter.get_input_details()
        inputs = data if data is not None else records(interpreter, 1)
        paths = []
        for number, values in enumerate(inputs):
            paths.append(folder / f"input{number}.npy")
            np.save(paths[-1], values[: options.records])
        out = folder / "out"
        subprocess.run(["rm", "-rf", out], check=True)
        given = ",".join(map(str, paths))
        said = quant("infer", model, "--data", given, "-o", out, "--all", "--runtime", runtime, "--json", folder / "out.json")
        if said is not None:
            refused[said.rsplit(": ", 1)[-1][:100]].append(f"{name} {runtime}")
            continue
        tensors = json.loads((folder / "out.json").read_text())["tensors"]
        numbers = collections.defaultdict(list)
        for detail in interpreter.get_tensor_details():
            numbers[detail["name"]].append(detail["index"])
        makers = {
            tensor: (at, op["op_name"]) for at, op in enumerate(interpreter._get_ops_details()) for tensor in op["outputs"]
        }
        count["models"] += 1
        bad = []
        for record in range(min(options.records, len(inputs[0]) if inputs else 1)):
            interpreter.reset_all_variables()
            for detail, values in zip(details, inputs):
                interpreter.set_tensor(detail["index"], values[record].reshape(detail["shape"]))
            interpreter.invoke()
            for tensor in tensors:
                # Several of one name cannot be told apart from outside.
                if len(numbers[tensor["name"]]) != 1:
                    continue
                index = numbers[tensor["name"]][0]
                try:
                    theirs = interpreter.get_tensor(index)
                except ValueError:
                    continue
                files = tensor["files"]
                ours = np.load(out / files[0])[record] if len(files) == 1 else np.load(out / files[record])
                # Floats between integers are the business of the float kernels, which have vectors of their own.
                near = np.issubdtype(theirs.dtype, np.floating)
                same = theirs.shape == ours.shape and (
                    np.allclose(theirs, ours, rtol=1e-5, atol=1e-6, equal_nan=True) if near else np.array_equal(theirs, ours)
                )
                count["tensors"] += 1
                count["values"] += theirs.size
                if not same:
                    bad.append((makers.get(index, (-1, "input")), tensor["name"]))
        if bad:
            (at, op), tensor = min(bad)
            differ.append(f"{name} {runtime}: {len(bad)} tensors, first operator {at} {op}, `{tensor}`")
            print(f"  DIFFERS {differ[-1]}", flush=True)


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        models = [(path.parent.name, path, None) for path in sorted((ROOT / "recipes").glob("*/test.recipe"))]
        ready = []
        if options.reference:
            for path in sorted((options.reference / "reference/tflite/models").glob("*/model.tflite")):
                files = sorted(path.parent.glob("input_*.npy"), key=lambda file: int(file.stem.rsplit("_", 1)[1]))
                models.append((path.parent.name, path, files))
            ready = sorted((options.reference / "models").glob("*_int8_converter.tflite"))
        for name, path, files in models:
            if not fnmatch.fnmatch(name, options.model):
                continue
            for scheme in options.scheme:
                made = folder / "model.tflite"
                data = ",".join(map(str, files)) if files else "random:1:8"
                said = quant("run", path, "--data", data, "--scheme", scheme, "-o", made, "--no-check")
                if said is not None:
                    refused[f"not quantized: {said.rsplit(': ', 1)[-1][:90]}"].append(f"{name} {scheme}")
                    continue
                compare(f"{name} {scheme}", made, [np.load(file) for file in files] if files else None, folder)
        for path in ready:
            if fnmatch.fnmatch(path.stem, options.model):
                compare(path.stem, path, None, folder)
    for reason, names in sorted(refused.items(), key=lambda item: -len(item[1])):
        print(f"  {len(names)} refused, as {names[0]}: {reason}")
    tensors, values = count["tensors"], count["values"]
    print(f"integers: {count['models']} models, {tensors} tensors, {values} values, {len(differ)} differ")
    sys.exit(1 if differ or not count["models"] else 0)


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("quant")
parser.add_argument("reference", nargs="?", type=pathlib.Path)
parser.add_argument("--scheme", nargs="*", default=SCHEMES)
parser.add_argument("--model", default="*")
parser.add_argument("--records", type=int, default=2)
options = parser.parse_args()
main()
