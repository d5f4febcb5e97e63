#!/usr/bin/env python3
"""Asks onnxruntime what its operators make of integers, and writes models that hold the question and the answer.

    tools/make_onnx_vectors.py [FOLDER]

FOLDER is crates/quant-onnx/tests/vectors. A file has one operator in several variants side by side, each with an input and an
output of its own: floats that pass QuantizeLinear, the operator (between DequantizeLinear and QuantizeLinear, or on integers),
and DequantizeLinear. What onnxruntime makes of them in a session as it comes stands in the model's metadata, as integers:
`NAME = scale zero-point element-type shape hex`. Scales are powers of two in half of the variants, so that values stand on
halves; zero points are at both ends of the type and between. Models that are quantized when they run (dynamic), or whose weights
are (nbits), have floats for both: scale and zero point are 1 and 0, and the hex is that of their bits.
"""
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

F = np.float32
TYPES = {"u8": np.uint8, "s8": np.int8, "u16": np.uint16, "s16": np.int16}
VARIANTS = 4


class Graph:
    """One file on its way."""

    def __init__(self, name: str, kind: str, seed: int):
        self.name, self.kind = name, kind
        self.random = np.random.default_rng(seed)
        self.nodes, self.constants, self.inputs, self.outputs, self.values = [], [], [], [], {}
        self.number = 0

    def constant(self, value) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def node(self, op: str, inputs: list, domain: str = "", **attributes) -> str:
        output = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, inputs, [output], domain=domain, name=f"n{len(self.nodes)}", **attributes))
        return output

    def scale(self, low: float = 0.01, high: float = 0.2) -> np.float32:
        if self.number % 2:
            return F(2.0 ** self.random.integers(-6, -1))
        return F(self.random.uniform(low, high))

    def zero(self, dtype):
        limits = np.iinfo(dtype)
        choices = [limits.min, limits.max, (limits.min + limits.max + 1) // 2, int(self.random.integers(limits.min, limits.max + 1))]
        return dtype(choices[int(self.random.integers(0, 4))])

    def integers(self, shape: list, dtype):
        limits = np.iinfo(dtype)
        return self.random.integers(limits.min, limits.max + 1, shape).astype(dtype)

    def activation(self, shape: list, dtype, scale=None, given=None) -> tuple:
        """An input as (integers, scale, zero point)."""
        name = f"x{len(self.inputs)}"
        scale = self.scale() if scale is None else F(scale)
        zero, q = given or (self.zero(dtype), self.integers(shape, dtype))
        self.inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
        self.values[name] = (scale, zero, q)
        s, z = self.constant(scale), self.constant(zero)
        return self.node("QuantizeLinear", [name, s, z]), s, z

    def floats(self, shape: list) -> str:
        """An input of floats."""
        name = f"x{len(self.inputs)}"
        self.inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
        spread, middle = self.random.uniform(0.1, 4), self.random.choice([-3, 0, 0, 3])
        self.values[name] = (self.random.normal(size=shape) * spread + middle).astype(F)
        return name

    def plain(self, value: str) -> None:
        """An output of floats."""
        name = f"y{len(self.outputs)}"
        self.nodes.append(helper.make_node("Identity", [value], [name], name=f"n{len(self.nodes)}"))
        self.outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
        self.values[name] = None

    def weights(self, shape: list, dtype, axis=None) -> tuple:
        limits = np.iinfo(dtype)
        q = self.random.integers(limits.min, limits.max + 1, shape).astype(dtype)
        zero = dtype(0 if dtype == np.int8 else self.random.integers(100, 156))
        if axis is None:
            return self.constant(q), self.constant(self.scale()), self.constant(zero), q, None
        scales = self.random.uniform(0.001, 0.02, shape[axis]).astype(F)
        return self.constant(q), self.constant(scales), self.constant(np.full(shape[axis], zero)), q, axis

    def result(self, integers: str, s: str, z: str) -> None:
        """An output, behind DequantizeLinear."""
        name = f"y{len(self.outputs)}"
        self.nodes.append(helper.make_node("DequantizeLinear", [integers, s, z], [name], name=f"n{len(self.nodes)}"))
        self.outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
        self.values[name] = (s, z)

    def real(self, of: tuple, axis=None) -> str:
        attributes = {} if axis is None else {"axis": axis}
        return self.node("DequantizeLinear", list(of[:3]), **attributes)

    def finish(self, value: str, dtype, scale=None, zero=None) -> None:
        s = self.constant(self.scale(0.02, 0.5) if scale is None else F(scale))
        z = self.constant(self.zero(dtype) if zero is None else dtype(zero))
        self.result(self.node("QuantizeLinear", [value, s, z]), s, z)

    def ends(self, dtype, scale=None, zero=None) -> tuple:
        return (self.constant(self.scale(0.02, 0.5) if scale is None else F(scale)),
                self.constant(self.zero(dtype) if zero is None else dtype(zero)))

    def value(self, name: str):
        return next(numpy_helper.to_array(c) for c in self.constants if c.name == name)

    def write(self, folder: pathlib.Path) -> int:
        graph = helper.make_graph(self.nodes, self.name, self.inputs, self.outputs, self.constants)
        sets = [helper.make_opsetid("", 21), helper.make_opsetid("com.microsoft", 1)]
        model = helper.make_model(graph, opset_imports=sets, ir_version=10, producer_name="quant")
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        feeds = {}
        for info in self.inputs:
            if isinstance(self.values[info.name], np.ndarray):
                feeds[info.name] = self.values[info.name]
                self.note(model, info.name, F(1), 0, feeds[info.name])
                continue
            scale, zero, q = self.values[info.name]
            feeds[info.name] = ((q.astype(np.int64) - int(zero)).astype(F) * scale).astype(F)
            self.note(model, info.name, scale, zero, q)
        count = 0
        for info, found in zip(self.outputs, session.run(None, feeds)):
            count += found.size
            if self.values[info.name] is None:
                self.note(model, info.name, F(1), 0, found)
                continue
            s, z = (self.value(one) for one in self.values[info.name])
            q = np.rint(found.astype(np.float64) / float(s)) + int(z)
            self.note(model, info.name, F(s), z, q.astype(z.dtype))
        onnx.save(model, folder / f"{self.name}.onnx")
        return count

    @staticmethod
    def note(model, name, scale, zero, q) -> None:
        bits = np.frombuffer(F(scale).tobytes(), np.uint32)[0]
        shape = ",".join(map(str, q.shape))
        text = f"{bits:08x} {int(zero)} {np.dtype(q.dtype).name} {shape} {q.tobytes().hex()}"
        entry = model.metadata_props.add()
        entry.key, entry.value = name, text


def fused(a, b, c):
    """a · b + c, rounded once."""
    return (a.astype(np.float64) * np.float64(b) + np.asarray(c, np.float64)).astype(F)


def near_halves(g: Graph, shape: list, dtype) -> tuple:
    """Scales, zero points and integers whose sums the order of the additions tells apart."""
    while True:
        scales = [F(g.random.uniform(0.005, 0.3)) for _ in range(3)]
        zeros = [g.zero(dtype) for _ in range(3)]
        p, q = g.integers(shape, dtype), g.integers(shape, dtype)
        by_a, by_b = F(scales[0] / scales[2]), F(scales[1] / scales[2])
        za, zb, zc = (F(zero) for zero in zeros)
        fixed = [F(zc - fused(za, by_a, F(zb * by_b))), F(zc - F(F(za * by_a) + F(zb * by_b)))]
        limits = np.iinfo(dtype)
        made = [np.clip(np.rint(fused(p, by_a, fused(q, by_b, one))), limits.min, limits.max) for one in fixed]
        if (made[0] != made[1]).any():
            return scales, zeros[2], [(zeros[0], p), (zeros[1], q)]


def pair(g: Graph, op: str, dtype, shapes: list, scales=(None, None, None), zero=None, given=(None, None)) -> None:
    a, b = (g.activation(shape, dtype, scale, one) for shape, scale, one in zip(shapes, scales, given))
    if g.kind == "qop":
        s, z = g.ends(dtype, scales[2], zero)
        g.result(g.node(f"QLinear{op}", [*a, *b, s, z], "com.microsoft"), s, z)
    else:
        g.finish(g.node(op, [g.real(a), g.real(b)]), dtype, scales[2], zero)


def add(g, dtype):
    shapes = [[[2, 3, 4, 5]] * 2, [[1, 2, 16], [1]], [[20, 25], [20, 25]], [[1], [7, 3]]]
    more = near_halves(g, shapes[2][0], dtype) if g.number == 2 else ()
    pair(g, "Add", dtype, shapes[g.number], *more)


def mul(g, dtype):
    shapes = [[[2, 3, 4, 5]] * 2, [[1, 2, 16], [1]], [[2, 3, 4, 4], [1, 3, 1, 1]], [[4, 33], [33]]]
    pair(g, "Mul", dtype, shapes[g.number % 4])


def unary(g, op: str, dtype, shape: list, scale=None, zero=None, x_scale=None, microsoft=True, **attributes):
    x = g.activation(shape, dtype, x_scale)
    if g.kind == "qop" and microsoft:
        s, z = g.ends(dtype, scale, zero)
        extra = {"opset": 13} if op == "Softmax" else {}
        g.result(g.node(f"QLinear{op}", [*x, s, z], "com.microsoft", **attributes, **extra), s, z)
    else:
        g.finish(g.node(op, [g.real(x)], **attributes), dtype, scale, zero)


def sigmoid(g, dtype):
    unary(g, "Sigmoid", dtype, [1, 300], scale=[1 / 256, 1 / 255, 0.01, 1 / 64][g.number])


def leaky_relu(g, dtype):
    unary(g, "LeakyRelu", dtype, [2, 150], alpha=[0.1, 0.25, 0.01, 0.5][g.number])


def softmax(g, dtype):
    low = np.iinfo(dtype).min
    unary(g, "Softmax", dtype, [[4, 10], [3, 33], [2, 4, 5], [6, 2]][g.number], axis=-1,
          scale=[1 / 256, 1 / 256, 1 / 255, 0.005][g.number], zero=low, x_scale=[0.1, 0.02, 0.3, 0.05][g.number])


def average_pool(g, dtype):
    attributes = [
        {"kernel_shape": [2, 2], "strides": [2, 2]},
        {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]},
        {"kernel_shape": [3, 2], "pads": [1, 0, 1, 0], "count_include_pad": 1},
        {"kernel_shape": [2, 2]},
    ][g.number]
    unary(g, "AveragePool", dtype, [1, 3, 6, 6], **attributes)


def global_average(g, dtype):
    extra = {"channels_last": 0} if g.kind == "qop" else {}
    unary(g, "GlobalAveragePool", dtype, [[2, 9, 4, 4], [1, 20, 3, 5], [1, 8, 7, 7], [3, 5, 2, 2]][g.number], **extra)


def max_pool(g, dtype):
    x = g.activation([1, 3, 6, 6], dtype)
    y = g.node("MaxPool", [x[0] if g.kind == "qop" else g.real(x)], kernel_shape=[2, 2])
    if g.kind == "qop":
        g.result(y, x[1], x[2])
    else:
        g.result(g.node("QuantizeLinear", [y, x[1], x[2]]), x[1], x[2])


def resize(g, dtype):
    x = g.activation([1, 2, 4, 5], dtype)
    mode = ["half_pixel", "asymmetric", "align_corners", "half_pixel"][g.number]
    scales = g.constant(np.array([1, 1, *[(2, 2), (2, 3), (2, 2), (3, 2)][g.number]], F))
    attributes = {"mode": "linear", "coordinate_transformation_mode": mode}
    if g.kind == "qop":
        g.result(g.node("Resize", [x[0], "", scales], **attributes), x[1], x[2])
    else:
        g.result(g.node("QuantizeLinear", [g.node("Resize", [g.real(x), "", scales], **attributes), x[1], x[2]]), x[1], x[2])


def concat(g, dtype):
    parts = [g.activation([2, 3, size], dtype) for size in (4, 5)]
    s, z = g.ends(dtype)
    if g.number == 1:
        s, z = parts[0][1:]
    if g.kind == "qop":
        g.result(g.node("QLinearConcat", [s, z, *parts[0], *parts[1]], "com.microsoft", axis=2), s, z)
    else:
        y = g.node("Concat", [g.real(part) for part in parts], axis=2)
        g.result(g.node("QuantizeLinear", [y, s, z]), s, z)


def bias(g, x, w, axis, count: int) -> tuple:
    """Integers, and the scales that they have."""
    s = (g.value(x[1]) * g.value(w[1])).astype(F)
    q = g.random.integers(-3000, 3000, count).astype(np.int32)
    return g.constant(q), g.constant(s), g.constant(np.zeros(s.shape, np.int32)), axis


def product_scale(g, x, w, depth: int) -> np.float32:
    """A scale that most sums fit."""
    scale = float(g.value(x[1])) * float(np.max(g.value(w[1]))) * 60 * 60 * np.sqrt(depth)
    return F(2.0 ** np.round(np.log2(scale / 50))) if g.number % 2 else F(scale / 50)


def convolution(g, dtype, weights, shape, filters, axis, with_bias, **attributes):
    x = g.activation(shape, dtype)
    w = g.weights(filters, weights, axis)
    b = bias(g, x, w, axis, filters[0]) if with_bias else None
    s, z = g.ends(dtype, product_scale(g, x, w, int(np.prod(filters[1:]))))
    if g.kind == "qop":
        inputs = [*x, *w[:3], s, z] + ([b[0]] if b else [])
        g.result(g.node("QLinearConv", inputs, **attributes), s, z)
    else:
        inputs = [g.real(x), g.real(w, w[4])] + ([g.real(b, 0 if axis is not None else None)] if b else [])
        g.result(g.node("QuantizeLinear", [g.node("Conv", inputs, **attributes), s, z]), s, z)


def conv(g, dtype, weights=np.int8):
    [
        lambda: convolution(g, dtype, weights, [1, 3, 6, 6], [4, 3, 3, 3], None, True, kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
        lambda: convolution(g, dtype, weights, [1, 4, 7, 5], [8, 4, 2, 2], 0 if weights == np.int8 else None, True,
                            kernel_shape=[2, 2], strides=[2, 1], pads=[1, 0, 0, 1]),
        lambda: convolution(g, dtype, weights, [1, 6, 5, 5], [6, 1, 3, 3], 0 if weights == np.int8 else None, True,
                            kernel_shape=[3, 3], group=6),
        lambda: convolution(g, dtype, weights, [2, 4, 5, 5], [6, 2, 3, 3], None, False, kernel_shape=[3, 3], group=2, dilations=[1, 2]),
    ][g.number]()


def conv_unsigned(g, dtype):
    conv(g, dtype, np.uint8)


def matmul(g, dtype):
    if g.number == 3:
        x, w = g.activation([2, 3, 7], dtype), g.activation([2, 7, 4], dtype)
        w = (*w, None, None)
    else:
        x = g.activation([[5, 16], [2, 3, 8], [3, 33]][g.number], dtype)
        w = g.weights([[16, 6], [8, 5], [33, 9]][g.number], np.int8, 1 if g.number == 1 else None)
    s, z = g.ends(dtype, product_scale(g, x, w, 16))
    if g.kind == "qop":
        g.result(g.node("QLinearMatMul", [*x, *w[:3], s, z]), s, z)
    else:
        g.result(g.node("QuantizeLinear", [g.node("MatMul", [g.real(x), g.real(w, w[4])]), s, z]), s, z)


def gemm(g, dtype):
    trans = g.number % 2
    x = g.activation([4, 12], dtype)
    w = g.weights([7, 12] if trans else [12, 7], np.int8, None if g.number < 2 else 1 - trans)
    b = bias(g, x, w, w[4], 7)
    s, z = g.ends(dtype, product_scale(g, x, w, 12))
    if g.kind == "qop":
        g.result(g.node("QGemm", [*x, *w[:3], b[0], s, z], "com.microsoft", transB=trans, alpha=1.0), s, z)
    else:
        y = g.node("Gemm", [g.real(x), g.real(w, w[4]), g.real(b, None if w[4] is None else 0)], transB=trans)
        g.result(g.node("QuantizeLinear", [y, s, z]), s, z)


def others(g, dtype):
    """Operators that stay float between the integers."""
    op = ["Relu", "Sub", "Abs", "Clip"][g.number]
    x = g.activation([2, 60], dtype)
    inputs = [g.real(x)]
    if op == "Sub":
        inputs.append(g.real(g.activation([2, 60], dtype)))
    if op == "Clip":
        inputs += [g.constant(F(0)), g.constant(F(6))]
    g.finish(g.node(op, inputs), dtype)


def chain(g, dtype):
    """Moves between layers."""
    x = g.activation([1, 4, 4, 4], dtype)
    w = g.weights([6, 4, 1, 1], np.int8, 0)
    s, z = g.ends(dtype, product_scale(g, x, w, 4))
    y = g.node("QuantizeLinear", [g.node("Conv", [g.real(x), g.real(w, 0)], kernel_shape=[1, 1]), s, z])
    y = g.node("DequantizeLinear", [y, s, z])
    shape = g.constant(np.array([1, 6, 16], np.int64))
    y = g.node("QuantizeLinear", [g.node("Reshape", [y, shape]), s, z])
    y = g.node("QuantizeLinear", [g.node("Transpose", [g.node("DequantizeLinear", [y, s, z])], perm=[0, 2, 1]), s, z])
    v = g.weights([6, 5], np.int8, 1)
    t, o = g.ends(dtype, product_scale(g, (0, s), v, 6))
    g.result(g.node("QuantizeLinear", [g.node("MatMul", [g.node("DequantizeLinear", [y, s, z]), g.real(v, 1)]), t, o]), t, o)


def at_run(g, x: str) -> list:
    """Integers, scale and zero point of an activation."""
    outputs = [f"t{len(g.nodes)}{part}" for part in ("q", "s", "z")]
    g.nodes.append(helper.make_node("DynamicQuantizeLinear", [x], outputs, name=f"n{len(g.nodes)}"))
    return outputs


def quantize_at_run(g, _):
    g.plain(g.node("DequantizeLinear", at_run(g, g.floats([[3, 50], [2, 3, 4, 5], [200], [1, 1]][g.number]))))


def rescaled(g, sums: str, s: str, w_scale: str, bias=None) -> None:
    y = g.node("Mul", [g.node("Cast", [sums], to=TensorProto.FLOAT), g.node("Mul", [s, w_scale])])
    g.plain(y if bias is None else g.node("Add", [y, g.constant(bias)]))


def matmul_integer(g, dtype):
    """The third sums to more than 2^24."""
    shape, filters = [([5, 16], [16, 6]), ([2, 3, 8], [8, 5]), ([3, 3000], [3000, 4]), ([7], [7, 3])][g.number]
    w = g.weights(filters, dtype, 1 if g.number == 1 else None)
    x = g.floats(shape)
    q = w[0]
    if g.number == 2:
        g.values[x] = np.abs(g.values[x])
        q = g.constant(np.maximum(w[3], 100))
    x = at_run(g, x)
    sums = g.node("MatMulInteger", [x[0], q, x[2], w[2]])
    rescaled(g, sums, x[1], w[1], g.random.normal(size=filters[1]).astype(F) if g.number == 1 else None)


def conv_integer(g, dtype):
    shape, filters, attributes = [
        ([1, 3, 6, 6], [4, 3, 3, 3], {"pads": [1, 1, 1, 1]}),
        ([2, 4, 7, 5], [8, 4, 2, 2], {"strides": [2, 1], "pads": [1, 0, 0, 1]}),
        ([1, 6, 5, 5], [6, 1, 3, 3], {"group": 6, "auto_pad": "SAME_UPPER"}),
        ([1, 4, 9], [6, 2, 3], {"group": 2, "dilations": [2]}),
    ][g.number]
    w = g.weights(filters, dtype)
    x = at_run(g, g.floats(shape))
    sums = g.node("ConvInteger", [x[0], w[0], x[2], w[2]], kernel_shape=filters[2:], **attributes)
    bias = g.random.normal(size=[1, filters[0]] + [1] * (len(shape) - 2)).astype(F)
    rescaled(g, sums, x[1], w[1], bias if g.number % 2 else None)


def nbits(g, _):
    """Blocks of 4 and 8 bits, with zero points and without, a last block that is not full."""
    n, k, bits, block, zeros = [(5, 64, 4, 32, False), (6, 40, 4, 16, True), (3, 50, 8, 32, True), (4, 48, 8, 16, False)][g.number]
    blocks = -(-k // block)
    packed = g.random.integers(0, 256, [n, blocks, block * bits // 8]).astype(np.uint8)
    scales = g.random.uniform(0.01, 0.1, n * blocks).astype(F)
    inputs = [g.floats([2, 3, k]), g.constant(packed), g.constant(scales)]
    if zeros:
        inputs.append(g.constant(g.random.integers(0, 256, n * -(-blocks * bits // 8)).astype(np.uint8)))
    g.plain(g.node("MatMulNBits", inputs, "com.microsoft", N=n, K=k, bits=bits, block_size=block))


AT_RUN = {"quantize_at_run": quantize_at_run, "matmul_integer": matmul_integer, "conv_integer": conv_integer}
BOTH = {"add": add, "mul": mul, "sigmoid": sigmoid, "leaky_relu": leaky_relu, "softmax": softmax, "average_pool": average_pool,
        "global_average": global_average, "max_pool": max_pool, "resize": resize, "concat": concat, "conv": conv,
        "matmul": matmul, "gemm": gemm}
ONLY_QDQ = {"others": others, "chain": chain}


def main() -> int:
    root = pathlib.Path(__file__).resolve().parent.parent
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else root / "crates/quant-onnx/tests/vectors"
    folder.mkdir(parents=True, exist_ok=True)
    work = [(name, make, kind, dtype) for name, make in BOTH.items() for kind in ("qdq", "qop") for dtype in ("u8", "s8")]
    work += [(name, make, "qdq", dtype) for name, make in ONLY_QDQ.items() for dtype in ("u8", "s8")]
    work += [("conv_unsigned", conv_unsigned, kind, "u8") for kind in ("qdq", "qop")]
    work += [(name, BOTH[name], "qdq", dtype) for name in ("mul", "leaky_relu", "max_pool") for dtype in ("u16", "s16")]
    work += [(name, make, "dynamic", dtype) for name, make in AT_RUN.items() for dtype in ("u8", "s8")]
    work += [("nbits", nbits, "blocks", "u8")]
    files = values = 0
    for seed, (name, make, kind, dtype) in enumerate(work):
        graph = Graph(f"{name}.{kind}.{dtype}", kind, seed)
        for graph.number in range(VARIANTS):
            make(graph, TYPES[dtype])
        values += graph.write(folder)
        files += 1
    print(f"make_onnx_vectors: {files} files, {values} values, onnxruntime {onnxruntime.__version__}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
