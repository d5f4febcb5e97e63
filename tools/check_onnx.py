#!/usr/bin/env python3
"""Runs in onnxruntime what this project writes as .onnx, and compares with the float model; runs in LiteRT the integer .tflite
that it makes of quantized ONNX models, and compares with onnxruntime.

    tools/check_onnx.py QUANT REFERENCE [--model PART] [--all]

QUANT is the built command, REFERENCE the folder of the reference data, of which `onnx` is read. Every model is quantized
in each way from its four records; onnxruntime must load the file and run it, its optimizations off and on, and what it
computes of the fourth must be near the float model's outputs there. `--all` prints every error.

Every model that onnxruntime's quantizer wrote (`qmodel`) becomes a .tflite with its parameters (`--scheme tflite-qat`): LiteRT must
load and run it, as it comes and with its reference kernels, what we compute as the reference kernels must be what they compute
where the outputs are of integers, and be some steps from onnxruntime's outputs at most.
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
from onnx import numpy_helper
import onnxruntime
from ai_edge_litert.interpreter import Interpreter, OpResolverType

# What is asked of `quant run`, and how far an output may be from the float model's: the root of the mean square of the
# differences as a part of that of the values.
WAYS = {
    "qdq": ([], 0.08),
    "qdq-uint8": (["--type", "uint8"], 0.08),
    "qdq-int16": (["--type", "int16"], 0.04),
    "qoperator": (["--format", "qoperator"], 0.08),
    "dynamic": (["--format", "dynamic"], 0.06),
    "percentile": (["--option", "calibrate_method=Percentile"], 0.08),
    "blocks": (["--format", "matmul-nbits", "--option", "block_size=16"], 0.15),
}
# Bounds of their own, each with the reason.
WIDER = {
    ("cast_ops", "*"): 0.2,  # the share of integers that are others: a value next to a half rounds to the other side
    ("layernorm", "blocks"): 0.35,  # weights of 4 bits, and rows that nearly cancel
}
# What is refused, with a part of the message and the reason.
REFUSED = {
    ("*", "blocks", "no MatMul reads a constant matrix"),
    ("*", "blocks", "half-precision"),
    ("*", "qoperator", "a model of halves in this format"),
    ("*", "dynamic", "a model of halves in this format"),
    ("softmax_opset11", "*", "before version 13"),  # scales for channels need version 13, where Softmax means another thing
}


def arrays(folder: pathlib.Path, kind: str, name: str) -> list[np.ndarray]:
    """The records of an input or output."""
    whole = folder / f"{kind}_{name}.npy"
    if whole.exists():
        return list(np.load(whole))
    return [np.load(folder / f"{kind}_{name}.{record}.npy") for record in range(4)]


def session(path: pathlib.Path, optimized: bool) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    levels = onnxruntime.GraphOptimizationLevel
    options.graph_optimization_level = levels.ORT_ENABLE_ALL if optimized else levels.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def apart(found: np.ndarray, wanted: np.ndarray) -> float:
    """How far an output is from another."""
    if wanted.dtype.kind != "f":
        return float(np.mean(found != wanted)) if wanted.size else 0.0
    found, wanted = found.astype(np.float64), wanted.astype(np.float64)
    scale = np.sqrt(np.mean(wanted**2)) if wanted.size else 0.0
    return float(np.sqrt(np.mean((found - wanted) ** 2)) / max(scale, 1e-30)) if wanted.size else 0.0


# What does not become a .tflite with its parameters, with a part of the message.
NO_INTEGERS = {
    ("*", "qdq_s16s8", "a fake quantization to int16"),
    ("convtranspose", "qop_u8s8", "no activation has a recorded range"),
    ("instancenorm", "qop_u8s8", "no activation has a recorded range"),
}
# How many steps of its output such a file may be away: LiteRT multiplies in fixed point, layer after layer.
STEPS = 1
MORE_STEPS = {
    "net_unet": 3,
    "net_resnet8": 2,
    # Means are rounded at the scale of what is averaged, which is up to five steps of the result.
    "avgpool": 4,
    "residual_add": 3,
    "float16_net19": 1.1,  # outputs of half precision
}


def step_of(model: onnx.ModelProto, output: str) -> float:
    """The distance of neighbouring integers of an output; 0 where it is no dequantized one."""
    constants = {tensor.name: tensor for tensor in model.graph.initializer}
    for node in model.graph.node:
        if output in node.output and node.op_type == "DequantizeLinear" and node.input[1] in constants:
            return float(numpy_helper.to_array(constants[node.input[1]]).ravel()[0])
    return 0.0


def litert(path: pathlib.Path, resolver, feeds: dict) -> dict:
    interpreter = Interpreter(str(path), experimental_op_resolver_type=resolver)
    interpreter.allocate_tensors()
    for info in interpreter.get_input_details():
        interpreter.set_tensor(info["index"], feeds[info["name"]].astype(info["dtype"]))
    interpreter.invoke()
    return {info["name"]: interpreter.get_tensor(info["index"]) for info in interpreter.get_output_details()}


def integers(quant: str, root: pathlib.Path, scratch: pathlib.Path, part: str, show: bool) -> int:
    """Integer .tflite of quantized models; how many are wrong."""
    problems, files, refused, values, equal, near = [], 0, 0, 0, 0, 0
    for path in sorted(root.glob("*/qmodel/*.onnx")):
        folder, name, way = path.parent.parent, path.parent.parent.name, path.stem
        if part not in name:
            continue
        model = onnx.load(path)
        constants = {tensor.name for tensor in model.graph.initializer}
        feeds = {i.name: np.asarray(arrays(folder, "in", i.name)[3]) for i in model.graph.input if i.name not in constants}
        data, shapes = [], []
        for one, record in feeds.items():
            np.save(scratch / f"{one}.npy", record[None])
            data.append(f"{one}={scratch / one}.npy")
            shapes += ["--input-shape", f"{one}:{','.join(map(str, record.shape))}"] if record.shape else []
        output = scratch / "out.tflite"
        output.unlink(missing_ok=True)
        done = subprocess.run([quant, "run", str(path), "--scheme", "tflite-qat", "-o", str(output), *shapes],
                              capture_output=True, text=True)
        if done.returncode != 0:
            refused += 1
            if not any(r[0] in ("*", name) and r[1] in ("*", way) and r[2] in done.stderr for r in NO_INTEGERS):
                problems.append(f"{name} {way}: {done.stderr.strip()}")
            continue
        files += 1
        try:
            litert(output, OpResolverType.AUTO, feeds)
            reference = litert(output, OpResolverType.BUILTIN_REF, feeds)
        except Exception as error:
            problems.append(f"{name} {way}: LiteRT: {str(error).splitlines()[0][:300]}")
            continue
        ours = scratch / "ours"
        subprocess.run([quant, "infer", str(output), "--data", ",".join(data), "-o", str(ours)], check=True, capture_output=True)
        for index, info in enumerate(model.graph.output):
            stored = folder / f"run/{way}.off.{index}.npy"
            if not stored.exists():
                continue
            wanted, found = np.load(stored), np.load(ours / f"{info.name}.npy")[0]
            step = step_of(model, info.name)
            if wanted.dtype.kind != "f":
                values, equal, near = values + wanted.size, equal + np.sum(found == wanted), near + np.sum(found == wanted)
                continue
            if not step:
                if not apart(found, wanted) <= 0.02:
                    problems.append(f"{name} {way} {info.name}: {apart(found, wanted):.4f} away")
                continue
            if not np.array_equal(found, reference[info.name]):
                problems.append(f"{name} {way} {info.name}: not what LiteRT's reference kernels compute")
            steps = np.abs(found.astype(np.float64) - wanted) / step
            values, equal, near = values + wanted.size, equal + np.sum(steps < 0.01), near + np.sum(steps < 1.01)
            if show:
                print(f"{name} {way} {info.name}: {steps.max():.1f} steps")
            if steps.max() > MORE_STEPS.get(name, STEPS) + 0.01:
                problems.append(f"{name} {way} {info.name}: {steps.max():.1f} steps away")
    for problem in problems:
        print(f"  WRONG: {problem}")
    print(f"check_onnx: {files} integer .tflite of quantized models, {values} values: {equal} equal to onnxruntime's, "
          f"{near} within one step; {refused} refused, {len(problems)} wrong")
    return len(problems)


def main() -> int:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("quant")
    arguments.add_argument("reference", type=pathlib.Path)
    arguments.add_argument("--model", default="")
    arguments.add_argument("--all", action="store_true")
    asked = arguments.parse_args()
    root = asked.reference / "onnx"
    if not root.is_dir():
        print(f"check_onnx: SKIPPED, there is no {root}")
        return 0
    problems, models, files, refused, worst = [], 0, 0, 0, {way: (0.0, "") for way in WAYS}
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        wrong = integers(asked.quant, root, scratch, asked.model, asked.all)
        for path in sorted(root.glob("*/model.onnx")):
            folder, name = path.parent, path.parent.name
            if asked.model not in name:
                continue
            models += 1
            graph = onnx.load(path, load_external_data=False).graph
            constants = {tensor.name for tensor in graph.initializer}
            inputs = [info.name for info in graph.input if info.name not in constants]
            outputs = [info.name for info in graph.output]
            records = {one: arrays(folder, "in", one) for one in inputs}
            wanted = [arrays(folder, "out", one)[3] for one in outputs]
            same = all(len({record.shape for record in of}) == 1 for of in records.values())
            for way, (options, bound) in WAYS.items():
                output = scratch / "out.onnx"
                output.unlink(missing_ok=True)
                data = []
                if way not in ("dynamic", "blocks"):
                    # Records of several shapes: the last alone.
                    for one in inputs:
                        part = np.stack(records[one]) if same else records[one][3][None]
                        np.save(scratch / f"{one}.npy", part)
                        if not same:
                            sizes = ",".join(map(str, part.shape[1:]))
                            data += ["--input-shape", f"{one}:{sizes}"]
                    data += ["--data", ",".join(f"{one}={scratch / one}.npy" for one in inputs)]
                done = subprocess.run(
                    [asked.quant, "run", str(path), "-o", str(output), *options, *data], capture_output=True, text=True)
                if done.returncode != 0:
                    known = [r for r in REFUSED if r[0] in ("*", name) and r[1] in ("*", way) and r[2] in done.stderr]
                    refused += 1
                    if not known:
                        problems.append(f"{name} {way}: {done.stderr.strip()}")
                    continue
                files += 1
                bound = WIDER.get((name, way), WIDER.get((name, "*"), bound))
                for optimized in (False, True):
                    word = "on" if optimized else "off"
                    try:
                        onnx.checker.check_model(str(output))
                        feeds = {one: np.asarray(records[one][3]) for one in inputs}
                        found = session(output, optimized).run(None, feeds)
                    except Exception as error:
                        problems.append(f"{name} {way} {word}: {str(error).splitlines()[0][:300]}")
                        break
                    error = max((apart(a, b) for a, b in zip(found, wanted)), default=0.0)
                    if asked.all:
                        print(f"{name} {way} {word}: {error:.4f}")
                    worst[way] = max(worst[way], (error, name))
                    if not error <= bound:
                        problems.append(f"{name} {way} {word}: {error:.4f}, more than {bound}")
    for problem in problems:
        print(f"  WRONG: {problem}")
    for way, (error, name) in worst.items():
        print(f"  {way}: worst {error:.4f}, {name}")
    print(f"check_onnx: {models} models, {files} files run with optimizations off and on, {refused} refused, "
          f"{len(problems)} wrong")
    return 1 if problems or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
