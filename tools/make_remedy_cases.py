#!/usr/bin/env python3
"""Writes the recipes of rows with `remedies(…)`, and their records; the same on every machine.

    tools/make_remedy_cases.py [ROOT]

One network, a copy for each remedy: convolution, depthwise convolution, convolution, mean, classifier. Channels have sizes of their
own, weights have tails, and some biases lift their channel well above 0, so that each remedy finds something to do.
"""
import pathlib
import random
import sys

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent.parent)
REMEDIES = ["cle", "cle-pow2", "bias-absorption", "weight-mse", "octav", "gptq", "adaround",
            "bias-correction-analytic", "bias-correction"]
RECORDS = 4


def operand(name, shape, values=(), kind="FLOAT32"):
    dims = " ".join(f"dim: {size}" for size in shape)
    filler = ""
    if values:
        filler = '\n  filler { tag: "explicit" ' + " ".join(f'arg: "{value}"' for value in values) + " }"
    return f'operand {{ name: "{name}" type: {kind} shape {{ {dims} }}{filler} }}\n'


def layer(kind, names, output, options):
    inputs = " ".join(f'input: "{name}"' for name in names)
    return f'operation {{ type: "{kind}" {inputs} output: "{output}"\n  {kind.lower()}_options {{ {options} }} }}\n'


def network(remedy, seed):
    draw = random.Random(seed)

    def weights(count, inner, channels):
        sizes = [2 ** draw.uniform(-3, 3) for _ in range(channels)]
        return [f"{draw.uniform(-1, 1) ** 3 * sizes[i // inner % channels]:.5f}" for i in range(count)]

    def bias(count):
        return [f"{draw.uniform(-0.5, 0.5) + (40 if i % 2 else 0):.4f}" for i in range(count)]

    window = "stride_w: 1 stride_h: 1 dilation_w_factor: 1 dilation_h_factor: 1"
    text = f"# {remedy}\n"
    text += operand("x", [1, 5, 5, 2])
    text += operand("w1", [4, 3, 3, 2], weights(72, 18, 4)) + operand("b1", [4], bias(4)) + operand("a", [1, 5, 5, 4])
    text += operand("w2", [1, 3, 3, 4], weights(36, 1, 4)) + operand("b2", [4], bias(4)) + operand("d", [1, 3, 3, 4])
    text += operand("w3", [4, 1, 1, 4], weights(16, 4, 4)) + operand("b3", [4], bias(4)) + operand("c", [1, 3, 3, 4])
    text += operand("axes", [2], [1, 2], "INT32") + operand("m", [1, 4])
    text += operand("w4", [3, 4], weights(12, 4, 3)) + operand("b4", [3], bias(3)) + operand("y", [1, 3])
    text += layer("Conv2D", ["x", "w1", "b1"], "a", f"padding: SAME {window} activation: RELU")
    text += layer("DepthwiseConv2D", ["a", "w2", "b2"], "d", f"padding: VALID {window} depth_multiplier: 1 activation: RELU")
    text += layer("Conv2D", ["d", "w3", "b3"], "c", f"padding: VALID {window} activation: RELU")
    text += layer("Mean", ["c", "axes"], "m", "keep_dims: false")
    text += layer("FullyConnected", ["m", "w4", "b4"], "y", "activation: NONE")
    return text + 'input: "x" output: "y"\n'


for number, remedy in enumerate(REMEDIES):
    name = f"Remedy_{number:03}"
    folder = ROOT / "recipes" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "test.recipe").write_text(network(remedy, 11))
    folder = ROOT / "test_inputs" / f"{name}_tflite"
    folder.mkdir(parents=True, exist_ok=True)
    draw = random.Random(17)
    for record in range(RECORDS):
        (folder / f"{record}.txt").write_text(",".join(f"{draw.uniform(-1, 2):.3f}" for _ in range(50)) + "\n")
