#!/usr/bin/env python3
"""Makes quant-core/tests/vectors: for each operator variant a model as a recipe, inputs, and LiteRT's outputs.

    tools/make_vectors.py QUANT [KIND ...]

QUANT is the built command; it turns the recipes into .tflite files. Without KIND all operators are made. Variants
stand in tools/vectors/*.py, each with a function `variants()` that yields `case(...)` or `case.model(...)`.
"""
import importlib.util
import json
import math
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

ROOT = pathlib.Path(__file__).resolve().parent.parent
TYPES = {
    "FLOAT32": np.float32, "INT32": np.int32, "INT64": np.int64, "INT16": np.int16,
    "INT8": np.int8, "UINT8": np.uint8, "BOOL": np.bool_,
}


def case(kind, inputs, outputs, options="", tolerance=None, values=None, absent=None):
    """One variant.

    inputs: (shape, type) for a graph input, a NumPy array for a constant, None for an absent one
    outputs: (shape, type); an integer input or output may add its parameters: (shape, type, "scale: 0.5 zero_point: 3")
    options: the text of the options message, as in `softmax_options { beta: 2.0 }`
    values: NumPy arrays for the graph inputs; random ones in -3...3 (integers 0...9) without
    absent: what the runtime reads in place of an absent input, when its kernel wants one and the file format does not
    """
    return {"kind": kind, "inputs": inputs, "outputs": outputs, "options": options, "tolerance": tolerance, "values": values,
            "absent": absent}


def model(kind, net, values, expected=None, source=None, tolerance=None, reference=False):
    """One variant that a recipe cannot say.

    net: the model's bytes, or a `vector_models.Net`
    values: NumPy arrays for the graph inputs; their shapes are part of the variant
    expected: the outputs, when the runtime has no such kernel; `source` names the formula they come from
    reference: ask the runtime's plain kernels, where its vectorized ones compute something else
    """
    if (expected is None) != (source is None):
        sys.exit(f"{kind}: expected outputs and their source go together")
    return {"kind": kind, "model": net if isinstance(net, bytes) else net.bytes(), "values": values,
            "expected": expected, "source": source, "tolerance": tolerance, "reference": reference}


def formula(kind, text, values, expected, source, tolerance=None):
    """One variant as a recipe of an operator that the runtime does not have."""
    return {"kind": kind, "text": text, "values": values, "expected": expected, "source": source, "tolerance": tolerance}


case.model, case.formula = model, formula


def quant(given) -> str:
    """The quantization parameters of an input or output, as an operand has them."""
    return f" quant {{ {given[2]} }}" if len(given) > 2 else ""


def recipe(variant) -> str:
    lines, names = [], []
    for number, given in enumerate(variant["inputs"]):
        if given is None:
            names.append("")
            continue
        name = f"in{number}"
        names.append(name)
        constant = isinstance(given, np.ndarray)
        shape, dtype = (given.shape, next(t for t, n in TYPES.items() if n == given.dtype)) if constant else given[:2]
        filler = "" if constant else quant(given)
        if constant:
            words = given.astype(int).ravel() if dtype != "FLOAT32" else given.ravel()
            filler = ' filler { tag: "explicit" ' + " ".join(f'arg: "{x!s}"' for x in words) + " }"
        dims = " ".join(f"dim: {d}" for d in shape)
        lines.append(f'operand {{ name: "{name}" type: {dtype} shape {{ {dims} }}{filler} }}')
    outs = []
    for number, given in enumerate(variant["outputs"]):
        shape, dtype = given[:2]
        outs.append(f"out{number}")
        dims = " ".join(f"dim: {d}" for d in shape)
        lines.append(f'operand {{ name: "out{number}" type: {dtype} shape {{ {dims} }}{quant(given)} }}')
    reads = " ".join(f'input: "{name}"' for name in names)
    makes = " ".join(f'output: "{name}"' for name in outs)
    lines.append(f'operation {{ type: "{variant["kind"]}" {reads} {makes} {variant["options"]} }}')
    for number, given in enumerate(variant["inputs"]):
        if given is not None and not isinstance(given, np.ndarray):
            lines.append(f'input: "in{number}"')
    lines += [f'output: "{name}"' for name in outs]
    return "\n".join(lines) + "\n"


def plain(array):
    """A flat list that JSON can hold, floats as the shortest decimal of their f32."""
    def one(x):
        if isinstance(x, np.bool_):
            return bool(x)
        if isinstance(x, np.integer):
            return int(x)
        return str(x) if not math.isfinite(x) else float(str(x))
    return [one(x) for x in np.asarray(array).ravel()]


def invoke(path, values, kernels=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES):
    """What the runtime's kernels make of the inputs, whose shapes may be others than the file's."""
    runtime = Interpreter(str(path), experimental_op_resolver_type=kernels)
    details = runtime.get_input_details()
    for detail, value in zip(details, values, strict=True):
        if tuple(detail["shape"]) != value.shape:
            runtime.resize_tensor_input(detail["index"], value.shape)
    runtime.allocate_tensors()
    for detail, value in zip(details, values):
        runtime.set_tensor(detail["index"], value)
    runtime.invoke()
    # A tensor without elements has no memory that the runtime could show.
    return [runtime.get_tensor(detail["index"]) if np.prod(detail["shape"]) else np.zeros(detail["shape"], detail["dtype"])
            for detail in runtime.get_output_details()]


def run_model(variant) -> dict:
    values, outputs = [np.asarray(v) for v in variant["values"]], variant["expected"]
    if outputs is None:
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "x.tflite")
            path.write_bytes(variant["model"])
            kernels = [OpResolverType.BUILTIN_REF] if variant["reference"] else []
            outputs = invoke(path, values, *kernels)
    entry = {"model": variant["model"].hex(), "shapes": [list(v.shape) for v in values],
             "inputs": [plain(v) for v in values], "outputs": [plain(o) for o in outputs],
             "output_shapes": [list(np.shape(o)) for o in outputs]}
    for key in ("source", "tolerance"):
        if variant[key] is not None:
            entry[key] = variant[key]
    return entry


def run(variant, command, random) -> dict:
    if "model" in variant:
        return run_model(variant)
    if "text" in variant:
        entry = {"recipe": variant["text"], "inputs": [plain(v) for v in variant["values"]],
                 "outputs": [plain(v) for v in variant["expected"]], "source": variant["source"]}
        return entry if variant["tolerance"] is None else {**entry, "tolerance": variant["tolerance"]}
    text = recipe(variant)
    graph_inputs = [i for i in variant["inputs"] if i is not None and not isinstance(i, np.ndarray)]
    values = variant["values"]
    if values is None:
        values = []
        for shape, dtype, *_ in graph_inputs:
            kind = TYPES[dtype]
            if dtype == "FLOAT32":
                values.append(np.round(random.uniform(-3, 3, shape), 3).astype(kind))
            else:
                values.append(random.integers(0, 2 if dtype == "BOOL" else 10, shape).astype(kind))
    with tempfile.TemporaryDirectory() as folder:
        source, model = pathlib.Path(folder, "x.recipe"), pathlib.Path(folder, "x.tflite")
        given = variant["inputs"]
        if variant["absent"] is not None:
            given = [variant["absent"] if i is None else i for i in given]
        source.write_text(recipe({**variant, "inputs": given}))
        done = subprocess.run([command, "convert", source, "-o", model], capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{done.stderr}{text}")
        shaped = [np.asarray(value).reshape(given[0]) for value, given in zip(values, graph_inputs)]
        outputs = invoke(model, shaped)
    for made, (shape, *_) in zip(outputs, variant["outputs"]):
        if tuple(made.shape) != tuple(shape):
            sys.exit(f"the runtime makes shape {made.shape}, not {tuple(shape)}:\n{text}")
    entry = {"recipe": text, "inputs": [plain(v) for v in values], "outputs": [plain(o) for o in outputs]}
    if variant["tolerance"] is not None:
        entry["tolerance"] = variant["tolerance"]
    return entry


def main() -> None:
    quant, kinds = sys.argv[1], set(sys.argv[2:])
    made: dict[str, list] = {}
    for path in sorted((ROOT / "tools/vectors").glob("*.py")):
        spec = importlib.util.spec_from_file_location(path.stem, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for variant in module.variants(case):
            if kinds and variant["kind"] not in kinds:
                continue
            entries = made.setdefault(variant["kind"], [])
            entries.append(run(variant, quant, np.random.default_rng(len(entries))))
    folder = ROOT / "quant-core/tests/vectors"
    folder.mkdir(exist_ok=True)
    for kind, entries in made.items():
        text = "[\n" + ",\n".join(json.dumps(entry) for entry in entries) + "\n]\n"
        (folder / f"{kind}.json").write_text(text)
        print(f"{kind}: {len(entries)}")


if __name__ == "__main__":
    main()
