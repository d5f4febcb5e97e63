#!/usr/bin/env python3
"""Runs quantized models here and in LiteRT, and compares every tensor, bit for bit.

    tools/check_integers.py QUANT [REFERENCE] [--scheme NAME ...] [--model PATTERN] [--records N]

QUANT is the built command. The recipes of this repository, and with REFERENCE (a folder with `reference/tflite` and `models`)
its float models, are quantized by each scheme, a name of `--scheme` or of `--recipe`; its `*_converter.tflite` are taken as
they are. Each runs on the same records in `quant infer --all` and in LiteRT, in both runtimes of docs/integers.md. A model that
either of them refuses is named with the reason.

Integers are compared bit for bit, and so are floats of operators with integer weights. Other floats are the business of the
float kernels, which have vectors of their own: they are compared within a tolerance. What is made of a float that differs
within it is passed over. Ends with `integers: N models, T tensors, V values, H of them floats of integer weights, P tensors
passed over, D differ`, and fails when D is not 0.
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
# What says each scheme to `quant run`, and whether it takes data.
SCHEMES = {name: (["--scheme", name], True) for name in ("tflite-int8", "tflite-int8-legacy", "tflite-int16x8", "tflite-uint8")}
SCHEMES |= {name: (["--scheme", name], False) for name in ("tflite-dynamic", "tflite-dynamic-legacy", "tflite-float16")}
SCHEMES["tflite-dynamic per tensor"] = (["--scheme", "tflite-dynamic", "--per-tensor"], False)
SCHEMES |= {
    name: (["--recipe", name], False)
    for name in (
        "dynamic_wi8_afp32", "dynamic_wi4_afp32", "dynamic_wi2c_afp32", "dynamic_wi4b32_afp32", "dynamic_wi4b64_afp32",
        "dynamic_legacy_wi8_afp32", "weight_only_wi8_afp32", "weight_only_wi4_afp32",
    )
}
SCHEMES |= {name: (["--recipe", name], True) for name in ("static_wi8_ai8", "static_wi8_ai16")}
# Recipes that LiteRT computes otherwise in float.
OTHERWISE = {"Add_003": "LiteRT leaves out a TANH that is fused into ADD"}
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
        types = {detail["index"]: detail["dtype"] for detail in interpreter.get_tensor_details()}
        makers = {tensor: (at, op) for at, op in enumerate(interpreter._get_ops_details()) for tensor in op["outputs"]}

        def on_integers(op) -> bool:
            """Whether it makes floats of float activations and integer weights."""
            given = [tensor for tensor in op["inputs"] if tensor >= 0]
            table = op["op_name"] == "EMBEDDING_LOOKUP"
            return (
                op["op_name"] != "DEQUANTIZE"
                and types[op["outputs"][0]] == np.float32
                and (table or types[given[0]] == np.float32)
                and any(types[tensor] not in (np.float32, np.int32, np.int64, np.bool_) for tensor in given)
            )

        count["models"] += 1
        bad = []
        for record in range(min(options.records, len(inputs[0]) if inputs else 1)):
            interpreter.reset_all_variables()
            for detail, values in zip(details, inputs):
                interpreter.set_tensor(detail["index"], values[record].reshape(detail["shape"]))
            interpreter.invoke()
            # Tensors whose floats are not those of LiteRT to the last bit, and what is made of them.
            near = set()
            for tensor in sorted(tensors, key=lambda tensor: makers.get(min(numbers[tensor["name"]], default=-1), (-1,))[0]):
                # Several of one name cannot be told apart from outside.
                if len(numbers[tensor["name"]]) != 1:
                    continue
                index = numbers[tensor["name"]][0]
                at, op = makers.get(index, (-1, None))
                if op is not None and near.intersection(op["inputs"]):
                    near.update(op["outputs"])
                    count["passed over"] += 1
                    continue
                try:
                    theirs = interpreter.get_tensor(index)
                except ValueError:
                    continue
                files = tensor["files"]
                ours = np.load(out / files[0])[record] if len(files) == 1 else np.load(out / files[record])
                floats = np.issubdtype(theirs.dtype, np.floating)
                exact = not floats or (op is not None and on_integers(op))
                same = theirs.shape == ours.shape and (
                    theirs.tobytes() == ours.astype(theirs.dtype).tobytes()
                    or (not exact and np.allclose(theirs, ours, rtol=1e-5, atol=1e-6, equal_nan=True))
                )
                if floats and theirs.tobytes() != ours.tobytes():
                    near.add(index)
                count["tensors"] += 1
                count["values"] += theirs.size
                count["of weights"] += theirs.size if exact and floats else 0
                if not same:
                    bad.append((at, op["op_name"] if op else "input", tensor["name"]))
        if bad:
            at, op, tensor = min(bad)
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
            ready = sorted((options.reference / "models").glob("*_converter.tflite"))
        for name, path, files in models:
            if not fnmatch.fnmatch(name, options.model):
                continue
            if name in OTHERWISE:
                refused[OTHERWISE[name]].append(name)
                continue
            for scheme in options.scheme:
                made = folder / "model.tflite"
                words, recorded = SCHEMES[scheme]
                data = ["--data", ",".join(map(str, files)) if files else "random:1:8"] if recorded else []
                said = quant("run", path, *data, *words, "-o", made, "--no-check")
                if said is not None:
                    refused[f"not quantized: {said.rsplit(': ', 1)[-1][:90]}"].append(f"{name} {scheme}")
                    continue
                compare(f"{name} {scheme}", made, [np.load(file) for file in files] if files else None, folder)
        for path in ready:
            if fnmatch.fnmatch(path.stem, options.model):
                compare(path.stem, path, None, folder)
    for reason, names in sorted(refused.items(), key=lambda item: -len(item[1])):
        print(f"  {len(names)} refused, as {names[0]}: {reason}")
    print(
        f"integers: {count['models']} models, {count['tensors']} tensors, {count['values']} values, "
        f"{count['of weights']} of them floats of integer weights, {count['passed over']} tensors passed over, "
        f"{len(differ)} differ"
    )
    sys.exit(1 if differ or not count["models"] else 0)


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("quant")
parser.add_argument("reference", nargs="?", type=pathlib.Path)
parser.add_argument("--scheme", nargs="*", choices=SCHEMES, default=list(SCHEMES), metavar="NAME")
parser.add_argument("--model", default="*")
parser.add_argument("--records", type=int, default=2)
options = parser.parse_args()
main()
