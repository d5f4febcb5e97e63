#!/usr/bin/env python3
"""Asks other people's runtimes about what `circle-quantizer` writes.

    tools/check_circle_quantizer.py QUANT MODELS

QUANT is the built command, with `circle-quantizer` beside it; MODELS is a folder of .tflite networks.

1. modes: what each mode makes of each float network is read by circle-schema, with the types that the mode promises;
   onert runs what it can.
2. fake: LiteRT runs the float model that `--fake_quantize` makes, and `quant infer` computes the same.
3. converter: of the networks that the TFLite converter quantized, the float model of `--fake_quantize` is as near
   LiteRT's own integers as two ways to round can be, and `--requantize` changes no real number.

Exits with 1 when one of them fails; what onert cannot run is only told.
"""
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from check_runtimes import MODELS, QUANT, check, circle, graph, litert, onert, problems, quant, random_records, tensors

PROGRAM = pathlib.Path(QUANT).with_name("circle-quantizer")
TYPES = circle.TensorType.TensorType
SETTINGS = [("uint8", "channel"), ("uint8", "layer"), ("int16", "channel")]


def quantizer(*args) -> None:
    done = subprocess.run([PROGRAM, *map(str, args)], capture_output=True, text=True)
    if done.returncode or done.stderr:
        raise RuntimeError(f"circle-quantizer {' '.join(map(str, args))}: {done.returncode} {done.stderr.strip()}")


def types(path):
    """The types of what operators make, and of constants that have a scale."""
    read = graph(path)
    operators = [read.Operators(index) for index in range(read.OperatorsLength())]
    made = {index for operator in operators for index in operator.OutputsAsNumpy()}
    scaled = [t for t in tensors(read) if t.Quantization() is not None and t.Quantization().ScaleLength()]
    return {read.Tensors(index).Type() for index in made}, {t.Type() for t in scaled}, len(operators)


def ask_onert(path, record):
    got, why = onert(path, np.stack([record[0]]))
    return "onert runs it" if got is not None else f"onert cannot: {why}"


def modes(model, folder) -> None:
    calibration = MODELS / f"{model.stem.removesuffix('_float32')}_calibration.npy"
    data = calibration if calibration.exists() else "random:1:4"
    record = [np.load(calibration)[:1]] if calibration.exists() else random_records(model, 1)[0]
    for dtype in ("int4", "int8", "int16"):
        path = folder / f"weights.{dtype}.circle"
        quantizer("--quantize_weights", "float32", dtype, "channel", model, path)
        made, scaled, _ = types(path)
        check(made <= {TYPES.FLOAT32, TYPES.INT32} and scaled == {getattr(TYPES, dtype.upper())}, f"{path.name}: types")
    for dtype, granularity in SETTINGS:
        wanted = getattr(TYPES, dtype.upper())
        target = ("float32", dtype, granularity)
        one, two, three, fake = (folder / f"{n}.circle" for n in ("one", "two", f"{model.stem}.{dtype}-{granularity}", "fake"))
        quantizer("--quantize_dequantize_weights", *target, model, one)
        check(types(one)[1] == {TYPES.FLOAT32}, f"{one.name}: parameters beside floats")
        quant("record", one, "--data", data, "-o", two)
        quantizer("--quantize_with_minmax", *target, "--generate_profile_data", two, three)
        made, _, count = types(three)
        check(made == {wanted}, f"{three.name}: operators make {made}")
        print(f"  {three.name}: {count} operators; {ask_onert(three, [quantized(three, record[0])])}")
        forced = folder / "forced.circle"
        name = graph(three).Tensors(graph(three).Inputs(0)).Name().decode()
        quantizer("--force_quantparam", name, "0.5", "3", three, forced)
        parameters = graph(forced).Tensors(graph(forced).Inputs(0)).Quantization()
        check((parameters.Scale(0), parameters.ZeroPoint(0)) == (0.5, 3), f"{forced.name}: {name}")
        quantizer("--fake_quantize", three, fake)
        made, _, count = types(fake)
        check(made == {TYPES.FLOAT32, wanted}, f"{fake.name}: operators make {made}")
        print(f"    as a float model: {count} operators; {ask_onert(fake, record)}")
        same_as_litert(three, folder, record)


def quantized(path, x):
    parameters = graph(path).Tensors(graph(path).Inputs(0)).Quantization()
    kind = np.uint8 if "uint8" in path.name else np.int16
    ends = np.iinfo(kind)
    return np.clip(np.round(x / parameters.Scale(0)) + parameters.ZeroPoint(0), ends.min, ends.max).astype(kind)


def infer(path, record, folder):
    data = []
    for number, value in enumerate(record):
        data.append(str(folder / f"input{number}.npy"))
        np.save(data[-1], value[None])
    out = folder / f"{path.stem}.out"
    quant("infer", path, "--data", ",".join(data), "-o", out)
    return [np.load(file).ravel() for file in sorted(out.glob("*.npy"))]


def plain(path, record):
    """The plain kernels, which round halves away from zero as we do; the vectorized ones of QUANTIZE do not."""
    runtime = Interpreter(str(path), experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    runtime.allocate_tensors()
    for detail, value in zip(runtime.get_input_details(), record):
        runtime.set_tensor(detail["index"], value)
    runtime.invoke()
    return [runtime.get_tensor(detail["index"]).ravel().copy() for detail in runtime.get_output_details()]


def same_as_litert(model, folder, record) -> None:
    path = folder / "fake.tflite"
    quantizer("--fake_quantize", model, path)
    wanted = sorted(plain(path, record), key=lambda out: (out.size, out[0]))
    got = sorted(infer(path, record, folder), key=lambda out: (out.size, out[0]))
    for one, other in zip(wanted, got, strict=True):
        # A sum that falls on the other side of a half moves a value by a step, and steps add up.
        cosine = float(one @ other) / (np.linalg.norm(one) * np.linalg.norm(other) + 1e-30)
        same = float((one == other).mean())
        near = np.abs(one - other).max() / (np.ptp(one) + 1e-30)
        check(cosine > 0.999, f"{model.name}: LiteRT computes something else of the fake-quantized model, cosine {cosine}")
        print(f"    LiteRT beside quant infer: {same:.0%} equal, worst {near:.4f} of the range, cosine {cosine:.6f}")


def converter(model, folder) -> None:
    fake = folder / "fake.tflite"
    quantizer("--fake_quantize", model, fake)
    records = random_records(model, 4)
    runtime = Interpreter(str(model))
    given, made = runtime.get_input_details()[0], runtime.get_output_details()[0]

    def real(values, detail, kind):
        scale, zero = detail["quantization"]
        values = np.frombuffer(values, detail["dtype"]).astype(kind)
        return (values - zero) * scale if scale else values

    reals = [[real(record[0].tobytes(), given, np.float32).reshape(record[0].shape).astype(np.float32)] for record in records]
    wanted = np.stack([real(out[0], made, np.float64) for out in litert(model, records)])
    got = np.stack([np.frombuffer(out[0], np.float32) for out in litert(fake, reals)]).astype(np.float64)
    cosine = float((wanted * got).sum() / (np.linalg.norm(wanted) * np.linalg.norm(got)))
    check(cosine > 0.99, f"{model.name}: the fake-quantized model is far from LiteRT's integers, cosine {cosine}")
    other = folder / "uint8.circle"
    quantizer("--requantize", "int8", "uint8", model, other)
    check(TYPES.INT8 not in types(other)[0] | types(other)[1], f"{model.name}: int8 is left")
    floats = [folder / "a.circle", folder / "b.circle"]
    quantizer("--fake_quantize", model, floats[0])
    quantizer("--fake_quantize", other, floats[1])
    outputs = [infer(path, reals[0], folder) for path in floats]
    equal = all(np.array_equal(a, b) for a, b in zip(*outputs, strict=True))
    check(equal, f"{model.name}: uint8 means other reals than int8")
    print(f"  {model.name}: cosine {cosine:.5f} to LiteRT's integers; uint8 equal to int8: {equal}")


def main() -> None:
    models = sorted(MODELS.glob("*.tflite"))
    floats = [model for model in models if model.stem.endswith("_float32")]
    others = [model for model in models if model.stem.endswith("_converter")]
    for title, part, chosen in [("modes", modes, floats), ("converter", converter, others)]:
        print(f"{title}:")
        for model in chosen:
            with tempfile.TemporaryDirectory() as folder:
                try:
                    part(model, pathlib.Path(folder))
                except RuntimeError as error:
                    check(False, str(error))
    print(f"circle-quantizer: {len(floats)} float networks, {len(others)} quantized ones, {len(problems)} problems")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
