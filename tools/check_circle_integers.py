#!/usr/bin/env python3
"""Runs Circle models of integers here and in ONE's runtime onert, and compares every tensor, bit for bit.

    tools/check_circle_integers.py QUANT [REFERENCE] [--model PATTERN] [--records N] [--most N]

QUANT is the built command. The recipes of this repository, and with REFERENCE (a folder with `reference/tflite` and `models`)
its float models, are quantized as uint8, one scale for each tensor and for each channel. Each runs on the same records, full of
random integers, in `quant infer --runtime onert` and in onert. Then each operator is cut out and runs by itself, in models of
up to --most operators, and in those that onert refuses. What either of them refuses is named with the reason.
Ends with `integers: N models, T tensors, V values, D differ`, and fails when D is not 0.
"""
import argparse
import collections
import fnmatch
import json
import pathlib
import subprocess
import sys
import tempfile

import flatbuffers
import numpy as np
from circle_schema.v0_10 import circle
from circle_schema.v0_10.circle import BuiltinOperator, Model, TensorType  # noqa: F401 (loads them below `circle`)

from onert_session import onert_all

ROOT = pathlib.Path(__file__).resolve().parent.parent
TYPES = {TensorType.TensorType.FLOAT32: np.float32, TensorType.TensorType.UINT8: np.uint8}
TYPES |= {TensorType.TensorType.INT32: np.int32, TensorType.TensorType.INT64: np.int64, TensorType.TensorType.BOOL: np.bool_}
NAMES = {value: name for name, value in vars(BuiltinOperator.BuiltinOperator).items() if not name.startswith("_")}
count = collections.Counter()
refused = collections.defaultdict(set)
differ = []


def quant(*args) -> str | None:
    """What it says when it fails."""
    done = subprocess.run([options.quant, *map(str, args)], capture_output=True, text=True)
    return None if done.returncode == 0 else (done.stderr.strip().splitlines() or ["?"])[-1]


def load(path):
    return Model.ModelT.InitFromObj(Model.Model.GetRootAs(path.read_bytes(), 0))


def save(model, path):
    builder = flatbuffers.Builder(1 << 16)
    builder.Finish(model.Pack(builder), b"CIR0")
    path.write_bytes(builder.Output())


def records(graph) -> list[np.ndarray]:
    random = np.random.default_rng(1)
    made = []
    for number in graph.inputs:
        tensor = graph.tensors[number]
        kind, shape = TYPES[tensor.type], (options.records, *(tensor.shape if tensor.shape is not None else []))
        if kind == np.float32:
            made.append(random.uniform(-1, 1, shape).astype(kind))
        elif kind == np.uint8:
            made.append(random.integers(0, 256, shape).astype(kind))
        else:
            made.append(random.integers(0, 2, shape).astype(kind))
    return made


def compare(name, path, folder, inputs) -> bool:
    """Whether both run the model."""
    graph = load(path).subgraphs[0]
    theirs, why = onert_all(path, inputs)
    if theirs is None:
        refused[f"onert: {why[:110]}"].add(name)
        return False
    files = []
    for number, values in enumerate(inputs):
        files.append(folder / f"input{number}.npy")
        np.save(files[-1], values)
    out = folder / "out"
    subprocess.run(["rm", "-rf", out], check=True)
    given = ",".join(map(str, files))
    said = quant("infer", path, "--data", given, "-o", out, "--runtime", "onert", "--json", folder / "out.json")
    if said is not None:
        refused[f"quant: {said.rsplit(': ', 1)[-1][:110]}"].add(name)
        return False
    tensors = {entry["name"]: entry["files"] for entry in json.loads((folder / "out.json").read_text())["tensors"]}
    makers = {tensor: at for at, op in enumerate(graph.operators) for tensor in op.outputs}
    codes = load(path).operatorCodes
    bad = []
    for number, theirs in zip(graph.outputs, theirs):
        label = graph.tensors[number].name.decode()
        file = tensors.get(label)
        if file is None or len(file) != 1:
            continue
        ours = np.load(out / file[0])
        count["tensors"] += 1
        count["values"] += ours.size
        theirs = theirs.reshape(ours.shape)
        # Floats between integers are the business of the float kernels.
        close = ours.dtype == np.float32 and np.allclose(ours, theirs, rtol=1e-5, atol=1e-6, equal_nan=True)
        if not close and not np.array_equal(ours, theirs):
            at = makers.get(number, -1)
            op = NAMES[codes[graph.operators[at].opcodeIndex].builtinCode]
            wrong = int((ours != theirs).sum())
            bad.append((at, f"{op} `{label}`: {wrong} of {ours.size}"))
    count["models"] += 1
    if bad:
        differ.append(f"{name}: {len(bad)} tensors, first operator {min(bad)[0]} {min(bad)[1]}")
        print(f"  DIFFERS {differ[-1]}", flush=True)
    return True


def io(model):
    graph = model.subgraphs[0]
    return [graph.tensors[number] for number in [*graph.inputs, *graph.outputs]]


def alone(model, index):
    """One operator as a model; what it reads of others becomes an input."""
    graph = model.subgraphs[0]
    op = graph.operators[index]
    graph.operators = [op]
    read = [number for number in op.inputs if number >= 0]
    own = lambda tensor: tensor.isVariable or model.buffers[tensor.buffer].data is not None
    graph.inputs = list(dict.fromkeys(number for number in read if not own(graph.tensors[number])))
    graph.outputs = list(op.outputs)
    model.signatureDefs = []
    return all(tensor.type in TYPES for tensor in io(model))


def check(name, path, folder) -> None:
    model = load(path)
    ran = all(tensor.type in TYPES for tensor in io(model)) and compare(name, path, folder, records(model.subgraphs[0]))
    operators = len(model.subgraphs[0].operators)
    if operators == 1 or ran and operators > options.most:
        return
    for index in range(operators):
        part = load(path)
        op = part.subgraphs[0].operators[index]
        word = NAMES[part.operatorCodes[op.opcodeIndex].builtinCode]
        if alone(part, index):
            save(part, folder / "alone.circle")
            compare(f"{name} {index} {word}", folder / "alone.circle", folder, records(part.subgraphs[0]))


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        models = [(path.parent.name, path, None) for path in sorted((ROOT / "recipes").glob("*/test.recipe"))]
        if options.reference:
            for path in sorted((options.reference / "reference/tflite/models").glob("*/model.tflite")):
                files = sorted(path.parent.glob("input_*.npy"), key=lambda file: int(file.stem.rsplit("_", 1)[1]))
                models.append((path.parent.name, path, files))
            for path in sorted((options.reference / "models").glob("*_float32.tflite")):
                files = path.with_name(path.name.replace("_float32.tflite", "_calibration.npy"))
                models.append((path.stem, path, [files] if files.exists() else None))
        for name, path, files in models:
            if not fnmatch.fnmatch(name, options.model):
                continue
            for granularity in options.granularity:
                made = folder / "model.circle"
                data = ",".join(map(str, files)) if files else "random:1:4"
                config = ["--type", "uint8", "--granularity", granularity]
                said = quant("run", path, "--data", data, *config, "-o", made, "--no-check")
                if said is not None:
                    refused[f"not quantized: {said.rsplit(': ', 1)[-1][:90]}"].add(f"{name} {granularity}")
                    continue
                check(f"{name} {granularity}", made, folder)
    for reason, names in sorted(refused.items(), key=lambda item: -len(item[1])):
        print(f"  {len(names)} refused, as {min(names)}: {reason}")
    tensors, values = count["tensors"], count["values"]
    print(f"integers: {count['models']} models, {tensors} tensors, {values} values, {len(differ)} differ")
    sys.exit(1 if differ or not count["models"] else 0)


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("quant")
parser.add_argument("reference", nargs="?", type=pathlib.Path)
parser.add_argument("--granularity", nargs="*", default=["layer", "channel"])
parser.add_argument("--model", default="*")
parser.add_argument("--records", type=int, default=3)
parser.add_argument("--most", type=int, default=12)
options = parser.parse_args()
if __name__ == "__main__":
    main()
