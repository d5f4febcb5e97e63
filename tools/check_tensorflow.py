#!/usr/bin/env python3
"""TensorFlow's own quantizers beside ours, on any float model: same operators, types, parameters, integers.

    tools/check_tensorflow.py QUANT MODEL.tflite [--data FILE.npy,...] [--records N] [--scheme NAME ...]

Needs tools/tensorflow_env.sh. TensorFlow calibrates the model on the data (random numbers where none is given) and quantizes
it; we quantize the float model with the ranges that TensorFlow recorded (`--statistics`), with `--compat`. Then both files
are walked, operator by operator without QUANTIZE and DEQUANTIZE, and every operand is compared: element type, scales, zero
points, dimension, content. Ends with `tensorflow: S schemes, T operands, D differ`. This is how a new fact is found: make a
small model of the question, and ask.
"""
import argparse
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf
from tensorflow.lite.python import schema_py_generated as schema
from tensorflow.lite.python.optimize import calibrator

CONVERSIONS = {schema.BuiltinOperator.QUANTIZE, schema.BuiltinOperator.DEQUANTIZE}
TYPES = {value: name for name, value in vars(schema.TensorType).items() if not name.startswith("_")}


def records(model: bytes) -> list[list[np.ndarray]]:
    """One list of arrays a record, in the order of the inputs."""
    details = tf.lite.Interpreter(model_content=model).get_input_details()
    if options.data:
        arrays = [np.load(path) for path in options.data.split(",")]
        count = min(options.records, len(arrays[0]))
        return [[array[at].reshape(detail["shape"]) for array, detail in zip(arrays, details)] for at in range(count)]
    random = np.random.default_rng(1)

    def one(detail):
        if np.issubdtype(detail["dtype"], np.floating):
            return random.uniform(-1, 1, detail["shape"]).astype(detail["dtype"])
        return random.integers(0, 2, detail["shape"]).astype(detail["dtype"])

    return [[one(detail) for detail in details] for _ in range(options.records)]


def int8(model: bytes, calibrated: bytes, _) -> bytes:
    from tensorflow.lite.python import convert

    return convert.mlir_quantize(calibrated)


def legacy(model: bytes, _, data, activations=tf.int8, bias=tf.int32) -> bytes:
    quantizer = calibrator.Calibrator(model)
    return quantizer.calibrate_and_quantize(lambda: iter(data), tf.float32, tf.float32, True, activations, bias)


def int16x8(model: bytes, calibrated: bytes, data) -> bytes:
    return legacy(model, calibrated, data, tf.int16, tf.int64)


SCHEMES = {"tflite-int8": int8, "tflite-int8-legacy": legacy, "tflite-int16x8": int16x8}


def ranges(calibrated: bytes) -> list:
    """[index, name, min, max] of each tensor that has a range, as the calibrator left it."""
    graph = schema.ModelT.InitFromPackedBuf(calibrated, 0).subgraphs[0]
    made = []
    for index, tensor in enumerate(graph.tensors):
        quant = tensor.quantization
        if quant is not None and quant.min is not None and len(quant.min):
            made.append([index, tensor.name.decode(), float(quant.min[0]), float(quant.max[0])])
    return made


def walk(content: bytes) -> list:
    """For each operator that is no conversion: its code, and what each operand is."""
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    graph, found = model.subgraphs[0], []

    def operand(index):
        if index < 0:
            return None
        tensor = graph.tensors[index]
        quant, data = tensor.quantization, model.buffers[tensor.buffer].data
        scales = [] if quant is None or quant.scale is None else [float(scale) for scale in quant.scale]
        zeros = [] if quant is None or quant.zeroPoint is None else [int(zero) for zero in quant.zeroPoint]
        zeros = zeros if any(zeros) else []
        dimension = quant.quantizedDimension if len(scales) > 1 else 0
        content = None if data is None else hashlib.sha256(bytes(data)).hexdigest()[:16]
        return {"type": TYPES[tensor.type], "scale": scales, "zero_point": zeros, "dimension": dimension, "content": content}

    for op in graph.operators:
        code = model.operatorCodes[op.opcodeIndex]
        builtin = max(code.builtinCode, code.deprecatedBuiltinCode)
        if builtin not in CONVERSIONS:
            operands = [operand(index) for index in [*op.inputs, *op.outputs]]
            found.append(((builtin, code.version), operands))
    return found


def main() -> None:
    model = options.model.read_bytes()
    data = records(model)
    intermediate = calibrator.add_intermediate_tensors(model)
    calibrated = calibrator.Calibrator(intermediate).calibrate(lambda: iter(data))
    operands = differ = schemes = 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        (folder / "calibration.json").write_text(json.dumps(ranges(calibrated)))
        for name in options.scheme:
            try:
                theirs = SCHEMES[name](model, calibrated, data)
            except (RuntimeError, ValueError) as error:
                print(f"  {name}: TensorFlow refuses it: {str(error).splitlines()[0]}")
                continue
            made = folder / f"{name}.tflite"
            command = [options.quant, "quantize", options.model, "--statistics", folder / "calibration.json"]
            done = subprocess.run([*map(str, command), "--scheme", name, "--compat", "-o", str(made)], capture_output=True, text=True)
            schemes += 1
            if done.returncode:
                print(f"  {name}: {done.stderr.strip().splitlines()[-1]}")
                differ += 1
                continue
            ours, theirs = walk(made.read_bytes()), walk(bytes(theirs))
            if [code for code, _ in ours] != [code for code, _ in theirs]:
                print(f"  {name}: operators are {[c for c, _ in ours]}, TensorFlow's {[c for c, _ in theirs]}")
                differ += 1
                continue
            for at, ((code, mine), (_, other)) in enumerate(zip(ours, theirs)):
                for number, (a, b) in enumerate(zip(mine, other)):
                    operands += 1
                    if a != b:
                        differ += 1
                        keys = [key for key in (a or b) if not a or not b or a[key] != b[key]]
                        print(f"  {name}: operator {at} ({code[0]}), operand {number}: {', '.join(keys)} differ: {a} {b}"[:400])
    print(f"tensorflow: {schemes} schemes, {operands} operands, {differ} differ")
    sys.exit(1 if differ or not schemes else 0)


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("quant")
parser.add_argument("model", type=pathlib.Path)
parser.add_argument("--data")
parser.add_argument("--records", type=int, default=4)
parser.add_argument("--scheme", nargs="*", default=list(SCHEMES), choices=list(SCHEMES))
options = parser.parse_args()
main()
