#!/usr/bin/env python3
"""Writes the frozen graphs of addAmctTest, with their records, configurations and batches; the same on every machine.

    tools/make_amct_cases.py [ROOT]

Each graph is `recipes/Amct_…/graph.pbtxt`. Weights have random signs and sizes by channel, so that no two scales are alike.
`quant golden write` makes the goldens.
"""
import pathlib
import random
import struct
import sys

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent.parent)


def f32(x):
    return struct.unpack("<f", struct.pack("<f", x))[0]


def shown(x):
    return f"{f32(x):.9g}"


class Graph:
    def __init__(self, name, seed):
        self.name, self.random, self.text = name, random.Random(seed), []

    def node(self, name, op, inputs=(), **attributes):
        lines = ["node {", f'  name: "{name}"', f'  op: "{op}"']
        lines += [f'  input: "{one}"' for one in inputs]
        if op not in ("Const", "Placeholder"):
            attributes = {"T": "type: DT_FLOAT", **attributes}
        for key, value in sorted(attributes.items()):
            lines += ["  attr {", f'    key: "{key}"', f"    value {{ {value} }}", "  }"]
        self.text += lines + ["}"]
        return name

    def constant(self, name, shape, values, kind="float"):
        dtype = {"float": "DT_FLOAT", "int": "DT_INT32"}[kind]
        dims = " ".join(f"dim {{ size: {size} }}" for size in shape)
        numbers = " ".join(f"{kind}_val: {shown(v) if kind == 'float' else v}" for v in values)
        value = f"tensor {{ dtype: {dtype} tensor_shape {{ {dims} }} {numbers} }}"
        return self.node(name, "Const", dtype=f"type: {dtype}", value=value)

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

    def uniform(self, name, count, low, high):
        return self.constant(name, [count], [self.random.uniform(low, high) for _ in range(count)])

    def placeholder(self, shape, name="input"):
        dims = " ".join(f"dim {{ size: {size} }}" for size in shape)
        return self.node(name, "Placeholder", dtype="type: DT_FLOAT", shape=f"shape {{ {dims} }}")

    def norm(self, name, x, channels):
        inputs = [
            x,
            self.uniform(f"{name}/gamma", channels, 0.5, 1.5),
            self.uniform(f"{name}/beta", channels, -0.5, 0.5),
            self.uniform(f"{name}/moving_mean", channels, -0.5, 0.5),
            self.uniform(f"{name}/moving_variance", channels, 0.3, 2),
        ]
        return self.node(
            name, "FusedBatchNormV3", inputs, U="type: DT_FLOAT", epsilon="f: 0.001", is_training="b: false",
            data_format='s: "NHWC"',
        )

    def window(self, op, name, inputs, stride, padding="SAME", **more):
        strides = f"list {{ i: 1 i: {stride} i: {stride} i: 1 }}"
        return self.node(name, op, inputs, strides=strides, padding=f's: "{padding}"', data_format='s: "NHWC"', **more)

    def conv(self, name, x, shape, stride, padding="SAME", op="Conv2D"):
        weights = self.weights(f"{name}/weights", shape, 3 if op == "Conv2D" else 2)
        # Through Identity, as a frozen variable is read.
        read = self.node(f"{name}/weights/read", "Identity", [weights])
        return self.window(op, f"{name}/{op}", [x, read], stride, padding)

    def bias(self, name, x, count):
        return self.node(
            f"{name}/BiasAdd", "BiasAdd", [x, self.uniform(f"{name}/biases", count, -0.7, 0.7)], data_format='s: "NHWC"'
        )

    def matmul(self, name, x, shape):
        weights = self.weights(f"{name}/weights", shape, 1)
        return self.node(f"{name}/MatMul", "MatMul", [x, weights], transpose_a="b: false", transpose_b="b: false")

    def fake(self, name, x, low, high, narrow=False):
        low = self.constant(f"{name}/min", [len(low)] if isinstance(low, list) else [], low if isinstance(low, list) else [low])
        high = self.constant(f"{name}/max", [len(high)] if isinstance(high, list) else [], high if isinstance(high, list) else [high])
        op = "FakeQuantWithMinMaxVars" + ("PerChannel" if narrow == "channel" else "")
        number = {"num_bits": "i: 8", "narrow_range": "b: true" if narrow else "b: false"}
        lines = len(self.text)
        self.node(f"{name}", op, [x, low, high], **number)
        # These have no attribute T.
        at = self.text.index('    key: "T"', lines)
        del self.text[at - 1 : at + 3]
        return name

    def write(self, shape=None, batches=0, config=None, record=None):
        folder = ROOT / "recipes" / self.name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "graph.pbtxt").write_text("\n".join(self.text) + "\n")
        if config:
            (folder / "config.cfg").write_text(config)
        if record:
            (folder / "record.txt").write_text(record)
        if batches:
            count = 1
            for size in shape:
                count *= size
            data = ROOT / "test_inputs" / self.name / "ascend" / "calibrate"
            data.mkdir(parents=True, exist_ok=True)
            for number in range(batches):
                # A few far out, which the search clips.
                values = [self.random.gauss(0, 0.4) * (3 if self.random.random() < 0.01 else 1) for _ in range(count)]
                (data / f"{number}.txt").write_text(",".join(f"{v:.4f}" for v in values) + "\n")


def record(entries, seed):
    """A record of layers: (name, channels; 0 for a pool)."""
    rand, text = random.Random(seed), ""
    for name, channels in entries:
        text += f'record {{\n  key: "{name}"\n  value {{\n    scale_d: {shown(rand.uniform(0.005, 0.05))}\n'
        text += f"    offset_d: {rand.randrange(-128, 20)}\n"
        text += "".join(f"    scale_w: {shown(rand.uniform(0.002, 0.012))}\n" for _ in range(channels))
        text += "    offset_w: 0\n" * channels + "  }\n}\n"
    return text


def mobile():
    """What MobileNets are made of: a convolution and a depthwise one with batch normalization, a pool, a classifier."""
    graph = Graph("Amct_000", 1)
    x = graph.placeholder([3, 8, 8, 3])
    x = graph.norm("net/Conv/BatchNorm", graph.conv("net/Conv", x, [3, 3, 3, 6], 2), 6)
    x = graph.node("net/Conv/Relu6", "Relu6", [x])
    depthwise = graph.conv("net/dw", x, [3, 3, 6, 2], 1, op="DepthwiseConv2dNative")
    x = graph.node("net/dw/Relu6", "Relu6", [graph.norm("net/dw/BatchNorm", depthwise, 12)])
    x = graph.bias("net/project", graph.conv("net/project", x, [1, 1, 12, 5], 1, "VALID"), 5)
    x = graph.window("AvgPool", "net/AvgPool", [x], 2, "VALID", ksize="list { i: 1 i: 2 i: 2 i: 1 }")
    x = graph.conv("net/Logits", x, [2, 2, 5, 4], 1, "VALID")
    x = graph.bias("net/Logits", x, 4)
    x = graph.node("net/Squeeze", "Reshape", [x, graph.constant("net/shape", [2], [-1, 4], "int")], Tshape="type: DT_INT32")
    x = graph.bias("net/fc", graph.matmul("net/fc", x, [4, 3]), 3)
    layers = [("net/Conv/Conv2D", 6), ("net/dw/DepthwiseConv2dNative", 12), ("net/project/Conv2D", 5), ("net/AvgPool", 0)]
    layers += [("net/Logits/Conv2D", 1), ("net/fc/MatMul", 1)]
    graph.write([3, 8, 8, 3], 1, record=record(layers, 7))


def residual():
    """Layers that share an input, without offsets, one scale for the weights of a layer, two batches."""
    graph = Graph("Amct_001", 2)
    x = graph.placeholder([2, 7, 7, 2])
    x = graph.window("MaxPool", "pool", [x], 1, ksize="list { i: 1 i: 3 i: 3 i: 1 }")
    a = graph.node("a/Relu", "Relu", [graph.norm("a/norm", graph.conv("a", x, [3, 3, 2, 4], 2), 4)])
    b = graph.bias("b", graph.conv("b", x, [1, 1, 2, 4], 2), 4)
    x = graph.node("add", "AddV2", [a, b])
    graph.conv("c", x, [2, 2, 4, 3], 1, "VALID")
    config = "batch_num: 2\nactivation_offset: false\ncommon_config: { arq_quantize { channel_wise: false } }\n"
    config += "# MatMul and the like have one scale anyway.\n"
    graph.write([2, 7, 7, 2], 3, config)


def spread():
    """A convolution that goes up, and a product of a matrix for every row of a batch."""
    graph = Graph("Amct_002", 3)
    x = graph.placeholder([2, 4, 4, 3])
    weights = graph.weights("up/weights", [3, 3, 4, 3], 2)
    sizes = graph.constant("up/sizes", [4], [2, 8, 8, 4], "int")
    x = graph.window("Conv2DBackpropInput", "up/conv2d_transpose", [sizes, weights, x], 2)
    x = graph.node("up/Relu", "Relu", [graph.bias("up", x, 4)])
    weights = graph.weights("rows/weights", [4, 5], 1)
    graph.node("rows/MatMul", "BatchMatMulV2", [x, weights], adj_x="b: false", adj_y="b: false")
    graph.write([2, 4, 4, 3], 1)


def trained():
    """FakeQuant before every activation and all weights: a range for all, or one for each channel."""
    graph = Graph("Amct_003", 4)
    x = graph.placeholder([1, 6, 6, 3])
    x = graph.fake("net/input_quant", x, -1.9, 2.1)
    weights = graph.weights("net/a/weights", [3, 3, 3, 4], 3)
    ends = [graph.random.uniform(0.3, 1.2) for _ in range(4)]
    weights = graph.fake("net/a/weights_quant", weights, [-e for e in ends], ends, "channel")
    x = graph.bias("net/a", graph.window("Conv2D", "net/a/Conv2D", [x, weights], 1), 4)
    x = graph.fake("net/a/act_quant", graph.node("net/a/Relu6", "Relu6", [x]), 0, 6)
    weights = graph.fake("net/b/weights_quant", graph.weights("net/b/weights", [3, 3, 4, 1], 2), -1.1, 1.1, True)
    x = graph.window("DepthwiseConv2dNative", "net/b/depthwise", [x, weights], 2)
    x = graph.fake("net/b/act_quant", graph.bias("net/b", x, 4), -3.7, 4.2)
    x = graph.window("AvgPool", "net/AvgPool", [x], 3, "VALID", ksize="list { i: 1 i: 3 i: 3 i: 1 }")
    x = graph.node("net/flat", "Reshape", [x, graph.constant("net/shape", [2], [-1, 4], "int")], Tshape="type: DT_INT32")
    x = graph.fake("net/pool_quant", x, -1, 1.5)
    weights = graph.fake("net/fc/weights_quant", graph.weights("net/fc/weights", [4, 3], 1), -1.3, 1.3, True)
    x = graph.node("net/fc/MatMul", "MatMul", [x, weights], transpose_a="b: false", transpose_b="b: false")
    graph.bias("net/fc", x, 3)
    graph.write()


def volumes(name, seed, config):
    """Convolutions of volumes, as video has them, and a product behind them."""
    graph = Graph(name, seed)
    shape = [1, 5, 6, 7, 2]
    x = graph.placeholder(shape)
    for at, size, stride, padding in (("a", [3, 3, 2, 2, 4], [1, 2, 2], "SAME"), ("b", [2, 1, 3, 4, 3], [2, 1, 1], "VALID")):
        weights = graph.weights(f"{at}/weights", size, 4)
        strides = f"list {{ i: 1 i: {stride[0]} i: {stride[1]} i: {stride[2]} i: 1 }}"
        x = graph.node(f"{at}/Conv3D", "Conv3D", [x, weights], strides=strides, padding=f's: "{padding}"', data_format='s: "NDHWC"')
        x = graph.node(f"{at}/Relu", "Relu", [graph.bias(at, x, size[-1])])
    x = graph.node("flat", "Reshape", [x, graph.constant("flat/shape", [2], [-1, 3], "int")], Tshape="type: DT_INT32")
    graph.bias("fc", graph.matmul("fc", x, [3, 4]), 4)
    layers = [("a/Conv3D", 4), ("b/Conv3D", 3), ("fc/MatMul", 1)]
    batches = 3 if config else 1
    graph.write(shape, batches, config, record(layers, seed) if not config else None)


def histograms(name, seed, config):
    """Layers in a row whose activations HFMG looks at, batch after batch."""
    graph = Graph(name, seed)
    shape = [2, 9, 9, 3]
    x = graph.placeholder(shape)
    x = graph.node("a/Relu6", "Relu6", [graph.norm("a/norm", graph.conv("a", x, [3, 3, 3, 5], 1), 5)])
    x = graph.bias("b", graph.conv("b", x, [3, 3, 5, 1], 2, op="DepthwiseConv2dNative"), 5)
    x = graph.window("AvgPool", "pool", [x], 2, "VALID", ksize="list { i: 1 i: 2 i: 2 i: 1 }")
    graph.conv("c", x, [2, 2, 5, 4], 1, "VALID")
    graph.write(shape, 4, config)


for make in (mobile, residual, spread, trained):
    make()
volumes("Amct_004", 5, None)
histograms("Amct_005", 6, "batch_num: 3\ncommon_config { hfmg_quantize { num_of_bins: 2048 } }\n")
volumes("Amct_006", 7, "batch_num: 2\nactivation_offset: false\ncommon_config { hfmg_quantize { } }\n")
