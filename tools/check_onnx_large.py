#!/usr/bin/env python3
"""Quantizes an ONNX model of more than 2 GiB, whose tensors stand in a file beside it. Not for CI: it takes minutes and disk.

    tools/check_onnx_large.py QUANT [GIB]

Makes a model of MatMuls of GIB (2.2) under target/, quantizes it in every format, asks onnx to load what came of it, compares
a few weights with NumPy, and deletes everything. Needs the environment of tools/python_env.sh.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import time

import numpy as np
import onnx

WIDTH = 8192


def make(folder: pathlib.Path, layers: int) -> pathlib.Path:
    """A chain of MatMuls whose weights stand in one file."""
    nodes, tensors, random = [], [], np.random.default_rng(0)
    size = WIDTH * WIDTH * 4
    with open(folder / "weights.bin", "wb") as file:
        for layer in range(layers):
            row = (random.normal(size=[64, WIDTH]) / np.sqrt(WIDTH)).astype(np.float32)
            for _ in range(WIDTH // 64):
                file.write(row.tobytes())
            tensor = onnx.TensorProto(name=f"w{layer}", data_type=onnx.TensorProto.FLOAT, dims=[WIDTH, WIDTH],
                                      data_location=onnx.TensorProto.EXTERNAL)
            for key, value in (("location", "weights.bin"), ("offset", layer * size), ("length", size)):
                tensor.external_data.add(key=key, value=str(value))
            tensors.append(tensor)
            nodes.append(onnx.helper.make_node("MatMul", [f"x{layer}", f"w{layer}"], [f"x{layer + 1}"], f"m{layer}"))
    info = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(nodes, "large", [info("x0", 1, [1, WIDTH])], [info(f"x{layers}", 1, [1, WIDTH])], tensors)
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 21)], ir_version=10)
    onnx.save(model, folder / "large.onnx")
    return folder / "large.onnx"


def run(command: list[str]) -> None:
    """Runs a command and tells what it took."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{command} failed")
    seconds = time.perf_counter() - start
    print(f"  {seconds:.1f} s ({usage.ru_utime + usage.ru_stime:.1f} s of processors), {usage.ru_maxrss / 2**20:.2f} GiB", end="")


def check(path: pathlib.Path, model: pathlib.Path) -> None:
    """Loads what was made and compares a corner of a weight with the float model's."""
    made = {tensor.name: tensor for tensor in onnx.load(path).graph.initializer}
    weight = np.memmap(model.parent / "weights.bin", np.float32, "r", shape=(WIDTH, WIDTH))
    size = sum(file.stat().st_size for file in path.parent.glob(path.name + "*"))
    print(f", {size / 2**30:.2f} GiB", end="")
    array = onnx.numpy_helper.to_array
    if "w0_quantized" in made:
        scale = array(made["w0_scale"])
        real = array(made["w0_quantized"]).astype(np.float32) * scale
        worst = np.abs(real - weight).max() / scale.max()
        assert worst <= 0.5001, worst
        print(f", weights within {worst:.3f} steps")
    elif "w0" in made:
        assert np.array_equal(array(made["w0"]), weight)
        print(", float weights equal")
    else:
        print(f", {len(made)} initializers")
    for file in path.parent.glob(path.name + "*"):
        file.unlink()


def main() -> None:
    quant, gib = sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 2.2
    folder = pathlib.Path("target/large_onnx")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        model = make(folder, -(-int(gib * 2**30) // (WIDTH * WIDTH * 4)))
        print(f"{(folder / 'weights.bin').stat().st_size / 2**30:.2f} GiB of weights")
        (folder / "out").mkdir()
        output = folder / "out" / "made.onnx"
        last = "m0"
        for what in (["--format", "qdq", "--data", "random:1:2"], ["--format", "dynamic"], ["--format", "matmul-nbits"],
                     ["--format", "matmul-nbits", "--option", f"nodes_to_include={last}"],
                     ["--format", "dynamic", "--option", f"nodes_to_quantize={last}"]):
            print(" ".join(what))
            run([quant, "run", str(model), "-o", str(output), *what])
            check(output, model)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


main()
