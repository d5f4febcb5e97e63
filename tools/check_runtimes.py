#!/usr/bin/env python3
"""Asks other people's runtimes about what this project writes and computes.

    tools/check_runtimes.py QUANT MODELS

QUANT is the built command, MODELS a folder of .tflite networks with calibration sets beside them. Four parts:

1. formats: a network written again as .tflite, and through .circle and back, gives bit-identical outputs in
   LiteRT; its .circle has the same graph for circle-schema.
2. interpreter: every float tensor of every float network is within 1e-4 of its range of what LiteRT computes.
3. quantized: each float network quantized as uint8 channel-wise, uint8 layer-wise and int16 is read back by
   circle-schema; for networks with a calibration set onert runs the result, where it can, beside the float one.
4. weights: every filter of each float network made int4, int8 and int16 has the bytes that numpy makes of it.

Exits with 1 when 1, 2, 4 or the reading of 3 fails; what onert cannot run is only told.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from circle_schema.v0_10 import circle
from circle_schema.v0_10.circle import BuiltinOperator, Model, TensorType  # noqa: F401 (loads them below `circle`)

from onert_session import onert

QUANT, MODELS = sys.argv[1], pathlib.Path(sys.argv[2])
SETTINGS = [("uint8", "channel"), ("uint8", "layer"), ("int16", "channel")]
problems = []


def check(holds: bool, what: str) -> None:
    if not holds:
        problems.append(what)
        print(f"  WRONG: {what}")


def quant(*args) -> str:
    done = subprocess.run([QUANT, *map(str, args)], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"quant {' '.join(map(str, args))}: {done.stderr.strip()}")
    return done.stdout


def litert(model: pathlib.Path, records, keep_all=False):
    """Outputs of each record, or every tensor by name. The reference kernels, so that orders of sums are plain."""
    runtime = Interpreter(
        str(model),
        experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        experimental_preserve_all_tensors=keep_all,
    )
    runtime.allocate_tensors()
    results = []
    for record in records:
        for detail, value in zip(runtime.get_input_details(), record):
            runtime.set_tensor(detail["index"], value)
        runtime.invoke()
        if not keep_all:
            results.append([runtime.get_tensor(d["index"]).tobytes() for d in runtime.get_output_details()])
            continue
        values = {}
        for detail in runtime.get_tensor_details():
            if detail["dtype"] == np.float32:
                try:
                    values[detail["name"]] = runtime.get_tensor(detail["index"])
                except ValueError:  # a tensor that this runtime keeps for itself
                    pass
        results.append(values)
    return results


def random_records(model: pathlib.Path, count: int):
    random = np.random.default_rng(1)
    runtime = Interpreter(str(model))
    records = []
    for _ in range(count):
        record = []
        for detail in runtime.get_input_details():
            if np.issubdtype(detail["dtype"], np.integer):
                low, high = np.iinfo(detail["dtype"]).min, np.iinfo(detail["dtype"]).max
                record.append(random.integers(low, high, detail["shape"], endpoint=True).astype(detail["dtype"]))
            else:
                record.append(random.uniform(-1, 1, detail["shape"]).astype(detail["dtype"]))
        records.append(record)
    return records


def graph(path: pathlib.Path):
    data = path.read_bytes()
    assert data[4:8] == b"CIR0", path
    return circle.Model.Model.GetRootAs(data, 0).Subgraphs(0)


def tensors(read):
    return [read.Tensors(index) for index in range(read.TensorsLength())]


def formats(model: pathlib.Path, folder: pathlib.Path) -> None:
    again, there, back = folder / "again.tflite", folder / "there.circle", folder / "back.tflite"
    quant("convert", model, "-o", again)
    quant("convert", model, "-o", there)
    quant("convert", there, "-o", back)
    records = random_records(model, 3)
    wanted = litert(model, records)
    for path in (again, back):
        check(litert(path, records) == wanted, f"{model.name}: {path.name} gives other outputs")
    read = graph(there)
    count = len(Interpreter(str(model))._get_ops_details())  # pylint: disable=protected-access
    operators = read.OperatorsLength()
    check(operators == count, f"{model.name}: .circle has {operators} operators, not {count}")
    print(f"  {model.name}: bit-identical outputs, {operators} operators, {read.TensorsLength()} tensors")


def file_name(tensor: str) -> str:
    """As `quant infer` names its files: cut, with a hash, where the name is too long for a file."""
    safe = tensor.translate(str.maketrans("/\\:", "___"))
    if len(safe) <= 200:
        return safe + ".npy"
    digest = 0xCBF29CE484222325
    for byte in tensor.encode():
        digest = (digest ^ byte) * 0x100000001B3 % 2**64
    return f"{safe[:200]}~{digest:016x}.npy"


def interpreter(model: pathlib.Path, folder: pathlib.Path) -> None:
    record = random_records(model, 1)
    data = []
    for number, value in enumerate(record[0]):
        data.append(str(folder / f"input{number}.npy"))
        np.save(data[-1], value[None])
    out = folder / "all"
    quant("infer", model, "--data", ",".join(data), "--all", "-o", out)
    worst, count = (0.0, ""), 0
    for name, wanted in litert(model, record, keep_all=True)[0].items():
        path = out / file_name(name)
        if not path.exists():
            continue  # a constant, or a tensor that only this runtime has
        got = np.load(path)[0]
        count += 1
        extent = max(float(wanted.max() - wanted.min()), 1e-6)
        worst = max(worst, (float(np.abs(got - wanted).max()) / extent, name))
    check(count > 0, f"{model.name}: no tensor compared")
    check(worst[0] <= 1e-4, f"{model.name}: `{worst[1]}` is {worst[0]:.1e} of its range away")
    print(f"  {model.name}: {count} tensors, worst {worst[0]:.1e} of its range ({worst[1][:40]})")


def quantized(model: pathlib.Path, folder: pathlib.Path) -> None:
    name = model.stem.removesuffix("_float32")
    calibration = MODELS / f"{name}_calibration.npy"
    data = calibration if calibration.exists() else "random:1:8"
    for dtype, granularity in SETTINGS:
        path = folder / f"{name}.{dtype}-{granularity}.circle"
        try:
            summary = quant("run", model, "--data", data, "--type", dtype, "--granularity", granularity, "-o", path)
        except RuntimeError as error:
            check(False, str(error))
            continue
        read = graph(path)
        wanted = circle.TensorType.TensorType.UINT8 if dtype == "uint8" else circle.TensorType.TensorType.INT16
        operators = [read.Operators(index) for index in range(read.OperatorsLength())]
        made = [read.Tensors(index) for operator in operators for index in operator.OutputsAsNumpy()]
        floats = [t.Name().decode() for t in tensors(read) if t.Type() == circle.TensorType.TensorType.FLOAT32]
        check(not floats, f"{path.name}: float tensors are left: {floats[:3]}")
        check(
            all(t.Type() == wanted and t.Quantization().ScaleLength() == 1 for t in made),
            f"{path.name}: an activation is not {dtype} with one scale",
        )
        times = [line for line in summary.splitlines() if line.startswith(("time", "peak"))]
        print(f"  {path.name}: circle-schema reads {len(operators)} operators; " + "; ".join(times))
        if calibration.exists():
            beside_float(model, path, read, np.load(calibration))
            if (dtype, granularity) == ("uint8", "channel"):
                dense_by_layer(model, data, path, read)


def weights(model: pathlib.Path, folder: pathlib.Path) -> None:
    def load(path):
        return circle.Model.Model.GetRootAs(path.read_bytes(), 0)

    def data(file, tensor):
        return file.Buffers(tensor.Buffer()).DataAsNumpy()

    quant("convert", model, "-o", folder / "float.circle")
    before = load(folder / "float.circle")
    floats = {tensor.Name(): tensor for tensor in tensors(before.Subgraphs(0))}
    for dtype, limit, smallest in [("int4", 7, 1e-5), ("int8", 127, 1e-5), ("int16", 32767, 1e-8)]:
        path = folder / f"{model.stem}.{dtype}.circle"
        quant("weights-only", model, "--type", dtype, "-o", path)
        after, count = load(path), 0
        for tensor in tensors(after.Subgraphs(0)):
            parameters = tensor.Quantization()
            if parameters is None or parameters.ScaleLength() == 0:
                continue
            source = floats[tensor.Name()]
            values = data(before, source).view("<f4").reshape(source.ShapeAsNumpy())
            axis = parameters.QuantizedDimension()
            largest = np.abs(np.moveaxis(values, axis, 0).reshape(values.shape[axis], -1)).max(axis=1)
            scales = np.maximum((largest.astype(np.float64) / limit).astype(np.float32), np.float32(smallest))
            check(bool((scales == parameters.ScaleAsNumpy()).all()), f"{path.name}: scales of {tensor.Name()}")
            inverse = (1.0 / scales.astype(np.float64)).astype(np.float32)
            steps = np.moveaxis(np.moveaxis(values, axis, -1) * inverse, -1, axis).astype(np.float64).ravel()
            # Half away from zero.
            integers = np.clip(np.trunc(steps + np.copysign(0.5, steps)), -limit, limit).astype(np.int64)
            if dtype == "int4":
                halves = np.append(integers, np.zeros(integers.size % 2, np.int64)) & 15
                wanted = (halves[0::2] | (halves[1::2] << 4)).astype(np.uint8)
            else:
                wanted = integers.astype("<i1" if dtype == "int8" else "<i2").view(np.uint8)
            same = np.array_equal(data(after, tensor), wanted)
            check(same, f"{path.name}: {tensor.Name()} has other integers than numpy")
            count += 1
        check(count > 0, f"{path.name}: no weights are quantized")
        print(f"  {path.name}: {count} filters as numpy makes them")


def dense_by_layer(model, data, path, read) -> None:
    """onert 0.1.0 takes one scale for the weights of FullyConnected: the same network with those layer-wise."""
    dense = BuiltinOperator.BuiltinOperator.FULLY_CONNECTED
    codes = circle.Model.Model.GetRootAs(path.read_bytes(), 0).OperatorCodes
    operators = [read.Operators(index) for index in range(read.OperatorsLength())]
    names = [
        read.Tensors(operator.Outputs(0)).Name().decode()
        for operator in operators
        if codes(operator.OpcodeIndex()).BuiltinCode() == dense
    ]
    config = path.with_suffix(".json")
    config.write_text(json.dumps({"layers": [{"names": names, "dtype": "uint8", "granularity": "layer"}]}))
    mixed = path.with_suffix(".dense-by-layer.circle")
    quant("run", model, "--data", data, "--config", config, "-o", mixed)
    print("    with FullyConnected layer-wise:")
    beside_float(model, mixed, graph(mixed), np.load(data))


def beside_float(model, path, read, images) -> None:
    def real(index):
        quantization = read.Tensors(index).Quantization()
        return float(quantization.Scale(0)), int(quantization.ZeroPoint(0))

    scale, zero = real(read.Inputs(0))
    low, high, kind = (0, 255, np.uint8) if "uint8" in path.name else (-32767, 32767, np.int16)
    values = np.clip(np.round(images / scale) + zero, low, high).astype(kind)[:, None]
    got, why = onert(path, values)
    if got is None:
        print(f"    onert cannot run it: {why}")
        return
    scale, zero = real(read.Outputs(0))
    got = (got.astype(np.float64) - zero).reshape(len(images), -1) * scale
    wanted = [np.frombuffer(out[0], np.float32) for out in litert(model, [[image[None]] for image in images])]
    wanted = np.stack(wanted).astype(np.float64)
    top = int((got.argmax(1) == wanted.argmax(1)).sum())
    cosine = (got * wanted).sum(1) / (np.linalg.norm(got, axis=1) * np.linalg.norm(wanted, axis=1) + 1e-30)
    print(
        f"    onert beside float LiteRT: top-1 equal {top} of {len(images)}, "
        f"cosine mean {cosine.mean():.4f}, min {cosine.min():.4f}"
    )


def main() -> None:
    models = sorted(MODELS.glob("*.tflite"))
    floats = [model for model in models if model.stem.endswith("_float32")]
    for title, part, chosen in [
        ("formats", formats, models),
        ("interpreter", interpreter, floats),
        ("quantized", quantized, floats),
        ("weights", weights, floats),
    ]:
        print(f"{title}:")
        for model in chosen:
            with tempfile.TemporaryDirectory() as folder:
                try:
                    part(model, pathlib.Path(folder))
                except RuntimeError as error:
                    check(False, str(error))
    print(f"runtimes: {len(models)} files, {len(floats)} float networks, {len(problems)} problems")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
