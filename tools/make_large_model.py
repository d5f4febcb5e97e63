#!/usr/bin/env python3
"""Makes a float model of about 100 million weights (400 MB), to measure speed and memory with.

    tools/make_large_model.py QUANT OUT [SCALE]

QUANT is the built command, OUT a .tflite or .circle file. The model is written as a recipe beside OUT and converted
by QUANT, so that it is the same on every machine. Its layers are what networks are made of: convolutions, depthwise
convolutions (one with a filter of a million weights), fully connected layers; no tensor has more than a sixth of all
weights. SCALE, 1 if not given, divides every number of channels.
"""
import math
import pathlib
import subprocess
import sys

quant, out = sys.argv[1], pathlib.Path(sys.argv[2])
scale = int(sys.argv[3]) if len(sys.argv) > 3 else 1
wide = 1024 // scale
lines = []
weights = 0


def shape(dims) -> str:
    return "shape { " + " ".join(f"dim: {d}" for d in dims) + " }"


def activation(name: str, dims) -> str:
    lines.append(f'operand {{ name: "{name}" type: FLOAT32 {shape(dims)} }}')
    return name


def constant(name: str, dims, fan_in: int) -> str:
    global weights
    weights += math.prod(dims)
    filler = f'filler {{ tag: "gaussian" arg: "0" arg: "{1 / math.sqrt(fan_in):.6f}" }}'
    lines.append(f'operand {{ name: "{name}" type: FLOAT32 {shape(dims)} {filler} }}')
    return name


def layer(kind: str, at: str, ifm: str, kernel, bias: int, ofm, options: str) -> str:
    fan_in = math.prod(kernel[:3]) if kind == "DepthwiseConv2D" else math.prod(kernel[1:])
    inputs = [ifm, constant(f"{at}.filter", kernel, fan_in), constant(f"{at}.bias", [bias], 100)]
    activation(at, ofm)
    named = " ".join(f'input: "{name}"' for name in inputs)
    lines.append(f'operation {{ type: "{kind}" {named} output: "{at}" {kind.lower()}_options {{ {options} }} }}')
    return at


def convolution(at: str, ifm: str, size: int, channels: int, stride: int, side: int) -> str:
    options = f"padding: SAME stride_w: {stride} stride_h: {stride} activation: RELU6"
    return layer("Conv2D", at, ifm, [wide, size, size, channels], wide, [1, side, side, wide], options)


def depthwise(at: str, ifm: str, size: int) -> str:
    options = "padding: SAME stride_w: 1 stride_h: 1 depth_multiplier: 1 activation: RELU6"
    return layer("DepthwiseConv2D", at, ifm, [1, size, size, wide], wide, [1, 4, 4, wide], options)


def fully_connected(at: str, ifm: str, rows: int, columns: int) -> str:
    return layer("FullyConnected", at, ifm, [rows, columns], rows, [1, rows], "activation: NONE")


last = activation("image", [1, 8, 8, wide // 4])
last = convolution("conv1", last, 3, wide // 4, 2, 4)
last = depthwise("depthwise1", last, 3)
last = convolution("conv2", last, 3, wide, 1, 4)
last = depthwise("depthwise2", last, 31)
last = convolution("conv3", last, 3, wide, 1, 4)
last = convolution("conv4", last, 3, wide, 1, 4)
lines.append(
    f'operand {{ name: "shape" type: INT32 {shape([2])} filler {{ tag: "explicit" arg: "1" arg: "{16 * wide}" }} }}'
)
activation("flat", [1, 16 * wide])
lines.append(f'operation {{ type: "Reshape" input: "{last}" input: "shape" output: "flat" }}')
last = fully_connected("fc1", "flat", wide, 16 * wide)
last = fully_connected("fc2", last, 8 * wide, wide)
last = fully_connected("fc3", last, 2 * wide, 8 * wide)
last = fully_connected("fc4", last, 8 * wide, 2 * wide)
last = fully_connected("fc5", last, wide, 8 * wide)
last = fully_connected("classes", last, wide, wide)
lines += ['input: "image"', f'output: "{last}"']

recipe = out.with_suffix(".recipe")
recipe.write_text("\n".join(lines) + "\n")
subprocess.run([quant, "convert", recipe, "-o", out], check=True)
print(f"{out}: {weights} weights")
