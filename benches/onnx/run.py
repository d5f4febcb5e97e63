#!/usr/bin/env python3
"""Times `quant run` and onnxruntime's quantize_static as whole processes, in turns.

    benches/onnx/run.py QUANT [MODEL.onnx [RECORDS [ROUNDS]]]

Without MODEL (or with `mobilenetv2`), a MobileNetV2 at 224 with random weights that the script makes; 32 records, three rounds. Needs
the environment of tools/python_env.sh, and GNU time. THREADS=1 in the environment is what ours is given.
"""
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnx

THEIRS = """
import sys, numpy as np
from onnxruntime.quantization import *
model, data, output, method, name = sys.argv[1:6]
class Reader(CalibrationDataReader):
    def __init__(self): self.rows = iter(np.load(data))
    def get_next(self):
        row = next(self.rows, None)
        return None if row is None else {name: row}
quantize_static(model, output, Reader(), activation_type=QuantType.QInt8, weight_type=QuantType.QInt8, per_channel=True,
    calibrate_method=CalibrationMethod[method])
"""


def run(command: list[str]) -> tuple[float, float, float]:
    """Seconds, those of processors, and MiB of a process: by GNU time, as a child of this one begins with the size of its parent."""
    with tempfile.NamedTemporaryFile("r") as told:
        words = ["/usr/bin/time", "-f", "%U %S %M", "-o", told.name, *command]
        start = time.perf_counter()
        done = subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        seconds = time.perf_counter() - start
        if done.returncode != 0:
            sys.exit(f"{command[:3]} failed")
        user, system, kilobytes = map(float, told.read().split())
    return seconds, user + system, kilobytes / 1024


def mobilenet(path: str) -> None:
    """MobileNetV2 1.0 at 224, its batch normalizations folded, with random weights."""
    random, nodes, tensors = np.random.default_rng(0), [], []

    def constant(name: str, values: np.ndarray) -> str:
        tensors.append(onnx.numpy_helper.from_array(values.astype(np.float32), name))
        return name

    def conv(x: str, inputs: int, outputs: int, size: int, stride: int, group: int, relu: bool) -> str:
        number = len(nodes)
        fan = inputs // group * size * size
        weight = constant(f"w{number}", random.normal(size=(outputs, inputs // group, size, size)) * np.sqrt(2 / fan))
        bias = constant(f"b{number}", random.normal(size=outputs) * 0.1)
        nodes.append(onnx.helper.make_node("Conv", [x, weight, bias], [f"c{number}"], f"conv{number}", strides=[stride] * 2,
                                           pads=[size // 2] * 4, kernel_shape=[size] * 2, group=group))
        if not relu:
            return f"c{number}"
        nodes.append(onnx.helper.make_node("Clip", [f"c{number}", "zero", "six"], [f"r{number}"], f"clip{number}"))
        return f"r{number}"

    constant("zero", np.array(0.0))
    constant("six", np.array(6.0))
    x, channels = conv("x", 3, 32, 3, 2, 1, True), 32
    for factor, outputs, count, first in [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1),
                                          (6, 160, 3, 2), (6, 320, 1, 1)]:
        for number in range(count):
            stride, wide = first if number == 0 else 1, channels * factor
            y = conv(x, channels, wide, 1, 1, 1, True) if factor > 1 else x
            y = conv(conv(y, wide, wide, 3, stride, wide, True), wide, outputs, 1, 1, 1, False)
            if stride == 1 and channels == outputs:
                nodes.append(onnx.helper.make_node("Add", [x, y], [f"a{len(nodes)}"], f"add{len(nodes)}"))
                y = nodes[-1].output[0]
            x, channels = y, outputs
    x = conv(x, channels, 1280, 1, 1, 1, True)
    nodes.append(onnx.helper.make_node("GlobalAveragePool", [x], ["pooled"], "pool"))
    nodes.append(onnx.helper.make_node("Flatten", ["pooled"], ["flat"], "flatten"))
    constant("fc", random.normal(size=(1280, 1000)) * 0.03)
    constant("fb", np.zeros(1000))
    nodes.append(onnx.helper.make_node("Gemm", ["flat", "fc", "fb"], ["y"], "gemm"))
    info = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(nodes, "mobilenetv2", [info("x", 1, [1, 3, 224, 224])], [info("y", 1, [1, 1000])], tensors)
    opset = onnx.helper.make_opsetid("", 13)
    onnx.save(onnx.helper.make_model(graph, opset_imports=[opset], ir_version=8), path)


def main() -> None:
    quant, model = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "mobilenetv2"
    if model == "mobilenetv2":
        model = tempfile.mkdtemp() + "/mobilenetv2.onnx"
        mobilenet(model)
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 32
    rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 3
    threads = ["--threads", os.environ["THREADS"]] if "THREADS" in os.environ else []
    graph = onnx.load(model, load_external_data=False).graph
    constants = {tensor.name for tensor in graph.initializer}
    (taken,) = [info for info in graph.input if info.name not in constants]
    shape = [dim.dim_value or 1 for dim in taken.type.tensor_type.shape.dim]
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        data = str(scratch / "data.npy")
        np.save(data, np.random.default_rng(1).normal(size=[count, *shape]).astype(np.float32))
        for method in ("MinMax", "Entropy", "Percentile"):
            ours = [quant, "run", model, "-o", str(scratch / "ours.onnx"), "--data", data,
                    "--option", f"calibrate_method={method}", *threads]
            theirs = [sys.executable, "-c", THEIRS, model, data, str(scratch / "theirs.onnx"), method, taken.name]
            times = [(run(ours), run(theirs)) for _ in range(rounds)]
            columns = [[pair[side][what] for pair in times] for side in (0, 1) for what in (0, 1, 2)]
            seconds, work, memory, their_seconds, their_work, their_memory = map(statistics.median, columns)
            print(f"{method}: {seconds:.3f} s ({work:.3f} s of processors), {memory:.0f} MiB; onnxruntime {their_seconds:.3f} s "
                  f"({their_work:.3f} s), {their_memory:.0f} MiB: {their_seconds / seconds:.1f} times as fast "
                  f"({their_work / work:.1f}), 1/{their_memory / memory:.1f} of the memory", flush=True)


main()
