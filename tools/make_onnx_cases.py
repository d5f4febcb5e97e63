#!/usr/bin/env python3
"""Writes the ONNX models of addOnnxTest as protobuf text, with their records; the same on every machine.

    tools/make_onnx_cases.py [ROOT]

Each model is `recipes/Onnx_…/model.textproto`; `onnx.load` reads it, too. Weights have sizes by channel, so that no two scales are
alike. `quant golden write` makes the goldens.
"""
import pathlib
import random
import struct
import sys

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent.parent)
FLOAT, INT64 = 1, 7
RECORDS = 3


def f32(x):
    return struct.unpack("<f", struct.pack("<f", x))[0]


class Model:
    def __init__(self, name, seed, opset=13):
        self.name, self.random, self.opset = name, random.Random(seed), opset
        self.nodes, self.constants, self.inputs, self.outputs = [], [], [], []

    def node(self, op, inputs, output, **attributes):
        lines = ["  node {"] + [f'    input: "{one}"' for one in inputs] + [f'    output: "{output}"']
        lines += [f'    name: "{output}_node"', f'    op_type: "{op}"']
        for key, value in attributes.items():
            if isinstance(value, list):
                shown = f"ints: [{', '.join(map(str, value))}] type: INTS"
            elif isinstance(value, float):
                shown = f"f: {value} type: FLOAT"
            else:
                shown = f"i: {value} type: INT"
            lines.append(f'    attribute {{ name: "{key}" {shown} }}')
        self.nodes += lines + ["  }"]
        return output

    def constant(self, name, shape, values, kind=FLOAT):
        key = "float_data" if kind == FLOAT else "int64_data"
        numbers = ", ".join(f"{f32(v):.9g}" if kind == FLOAT else str(v) for v in values)
        dims = ", ".join(map(str, shape))
        dims = f"dims: [{dims}] " if shape else ""
        self.constants.append(f'  initializer {{ {dims}data_type: {kind} {key}: [{numbers}] name: "{name}" }}')
        return name

    def weights(self, name, shape, axis):
        """Values whose size differs by channel along an axis."""
        count, inner = 1, 1
        for size in shape:
            count *= size
        for size in shape[axis + 1 :]:
            inner *= size
        sizes = [self.random.uniform(0.2, 1.5) for _ in range(shape[axis])]
        values = [self.random.uniform(-1, 1) * sizes[i // inner % shape[axis]] for i in range(count)]
        return self.constant(name, shape, values)

    def uniform(self, name, shape, low, high):
        count = 1
        for size in shape:
            count *= size
        return self.constant(name, shape, [self.random.uniform(low, high) for _ in range(count)])

    def input(self, name, shape):
        self.inputs.append((name, shape))
        return name

    def write(self):
        def info(kind, name, shape):
            dims = " ".join(f"dim {{ dim_value: {size} }}" for size in shape)
            shape = f" shape {{ {dims} }}" if shape else ""
            return f'  {kind} {{ name: "{name}" type {{ tensor_type {{ elem_type: {FLOAT}{shape} }} }} }}'

        lines = ["ir_version: 8", 'producer_name: "tools/make_onnx_cases.py"', "graph {", *self.nodes, f'  name: "{self.name}"']
        lines += self.constants + [info("input", *one) for one in self.inputs]
        lines += [info("output", name, []) for name in self.outputs]
        lines += ["}", f"opset_import {{ version: {self.opset} }}", ""]
        folder = ROOT / "recipes" / self.name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "model.textproto").write_text("\n".join(lines))
        folder = ROOT / "test_inputs" / f"{self.name}_onnx"
        folder.mkdir(parents=True, exist_ok=True)
        for record in range(RECORDS):
            text = ""
            for _, shape in self.inputs:
                count = 1
                for size in shape:
                    count *= size
                text += ",".join(f"{self.random.uniform(-2, 3):.3f}" for _ in range(count)) + "\n"
            (folder / f"{record}.txt").write_text(text)


def conv_relu():
    model = Model("Onnx_000", 1)
    x = model.input("x", [1, 3, 6, 6])
    w = model.weights("w", [4, 3, 3, 3], 0)
    a = model.node("Conv", [x, w, model.uniform("b", [4], -0.5, 0.5)], "conv", pads=[1, 1, 1, 1], kernel_shape=[3, 3])
    a = model.node("Relu", [a], "relu")
    a = model.node("MaxPool", [a], "pool", kernel_shape=[2, 2], strides=[2, 2])
    w = model.weights("w2", [2, 4, 1, 1], 0)
    # Its weights are so small that the bias would not fit into 32 bits: their scale grows.
    tiny = model.constant("w3", [3, 2, 1, 1], [model.random.uniform(-1, 1) * 1e-9 for _ in range(6)])
    a = model.node("Conv", [a, w], "conv2", kernel_shape=[1, 1])
    model.outputs.append(model.node("Conv", [a, tiny, model.constant("b3", [3], [40.0, -3.0, 0.001])], "y"))
    model.write()


def depthwise_clip():
    model = Model("Onnx_001", 2)
    x = model.input("x", [1, 4, 5, 5])
    w = model.weights("dw", [4, 1, 3, 3], 0)
    bias = model.uniform("db", [4], -0.5, 0.5)
    a = model.node("Conv", [x, w, bias], "depthwise", group=4, strides=[2, 2], pads=[0, 0, 1, 1], kernel_shape=[3, 3])
    a = model.node("Clip", [a, model.constant("zero", [], [0.0]), model.constant("six", [], [6.0])], "clip")
    a = model.node("GlobalAveragePool", [a], "mean")
    a = model.node("Flatten", [a], "flat")
    w = model.weights("fc", [3, 4], 0)
    a = model.node("Gemm", [a, w, model.uniform("fb", [3], -0.5, 0.5)], "logits", transB=1)
    model.outputs.append(model.node("Softmax", [a], "y", axis=-1))
    model.write()


def gemm():
    model = Model("Onnx_002", 3)
    x = model.input("x", [2, 5])
    a = model.node("Gemm", [x, model.weights("w", [5, 4], 1), model.uniform("b", [4], -0.5, 0.5)], "gemm", alpha=1.0, beta=0.5)
    # The graph gives out what a Relu reads: it stays.
    model.outputs.append(a)
    a = model.node("Relu", [a], "relu")
    a = model.node("Sigmoid", [a], "sigmoid")
    model.outputs.append(model.node("Gemm", [a, model.weights("w2", [4, 3], 1)], "y"))
    model.write()


def attention():
    model = Model("Onnx_003", 4)
    q = model.input("q", [1, 4, 6])
    k = model.input("k", [1, 4, 6])
    t = model.node("Transpose", [k], "kt", perm=[0, 2, 1])
    a = model.node("MatMul", [q, t], "scores")
    a = model.node("Mul", [a, model.constant("scale", [1], [0.408])], "scaled")
    a = model.node("Softmax", [a], "weights", axis=-1)
    a = model.node("MatMul", [a, k], "mixed")
    a = model.node("Reshape", [a, model.constant("rows", [2], [4, -1], INT64)], "flat")
    model.outputs.append(model.node("MatMul", [a, model.weights("out", [6, 5], 1)], "y"))
    model.write()


def joins():
    model = Model("Onnx_004", 5)
    x = model.input("x", [1, 2, 4, 4])
    z = model.input("z", [1, 2, 4, 4])
    a = model.node("Add", [x, z], "sum")
    m = model.node("Mul", [z, model.uniform("factor", [2, 1, 1], 0.1, 2.0)], "product")
    r = model.node("LeakyRelu", [a], "leaky", alpha=0.1)
    c = model.node("Concat", [r, m, x], "joined", axis=1)
    p = model.node("AveragePool", [c], "pool", kernel_shape=[2, 2], strides=[2, 2])
    t = model.node("Transpose", [p], "last", perm=[0, 2, 3, 1])
    # A tanh stays float.
    t = model.node("Tanh", [t], "tanh")
    model.outputs.append(model.node("Add", [t, model.uniform("shift", [6], -0.2, 1.0)], "y"))
    model.write()


def blocks():
    model = Model("Onnx_005", 6)
    x = model.input("x", [3, 64])
    a = model.node("MatMul", [x, model.weights("w", [64, 40], 0)], "hidden")
    a = model.node("Add", [a, model.uniform("b", [40], -0.5, 0.5)], "shifted")
    a = model.node("Relu", [a], "relu")
    # 40 rows are a block and a quarter; a column of zeros and one of one sign.
    values = [0.0 if i % 5 == 0 else model.random.uniform(0.1, 1) if i % 5 == 1 else model.random.uniform(-1, 1) for i in range(200)]
    model.outputs.append(model.node("MatMul", [a, model.constant("w2", [40, 5], values)], "y"))
    model.write()


for make in (conv_relu, depthwise_clip, gemm, attention, joins, blocks):
    make()
