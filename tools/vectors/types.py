"""Variants of the operators between types: half precision, integers with parameters, sparse constants, empty tensors."""
import numpy as np
from vector_models import Net, options, sparse, word

REAL = {"INT8": np.int8, "UINT8": np.uint8, "INT16": np.int16, "INT32": np.int32}


def converted(code, x, dtype, to, before=None, after=None, constant=False, fields=None):
    """A model of one operator from `x` of type `dtype` to type `to`."""
    net = Net()
    graph = net.graph()
    source = graph.const(x, quant=before) if constant else graph.input(x.shape, dtype, quant=before)
    made = graph.tensor(x.shape, to, quant=after)
    graph.op(code, [source], [made], fields, version=3)
    graph.output(made)
    return net, [] if constant else [x]


def dequantize(case):
    ends = {kind: np.array([np.iinfo(kind).min, -3 if np.iinfo(kind).min else 3, 0, 1, 100, np.iinfo(kind).max], kind)
            for kind in REAL.values()}
    for dtype in ("INT8", "UINT8", "INT16"):
        x, zero = ends[REAL[dtype]], 0 if dtype == "INT16" else 5
        for constant in (False, True):
            yield case.model("Dequantize", *converted("DEQUANTIZE", x, dtype, "FLOAT32", ([0.37], [zero]), None, constant))
    for dtype in ("INT8", "UINT8"):
        x = ends[REAL[dtype]].reshape(2, 3)
        for dimension, scales in ((0, [0.5, 0.03]), (1, [0.5, 0.03, 7.25])):
            for constant in (False, True):
                zeros = list(range(len(scales)))
                yield case.model("Dequantize", *converted(
                    "DEQUANTIZE", x, dtype, "FLOAT32", (scales, zeros, dimension), None, constant))
    halves = np.array([1, 2.5, -0.0, np.nan, np.inf, -np.inf, 6e-8, 65504, -1 / 3], np.float16)
    for constant in (False, True):
        yield case.model("Dequantize", *converted("DEQUANTIZE", halves, "FLOAT16", "FLOAT32", None, None, constant))
        yield case.model("Dequantize", *converted("DEQUANTIZE", halves.reshape(3, 1, 3), "FLOAT16", "FLOAT32", None, None, constant))
    # The runtime has no kernel for int32, nor for int16 by channel.
    formula = "scale * (q - zero_point) in float32, NumPy"
    for dtype, scales in (("INT32", [0.37]), ("INT32", [0.5, 0.03]), ("INT16", [0.5, 0.03])):
        x = ends[REAL[dtype]].reshape(2, 3)
        made = (np.array(scales, np.float32)[:, None] * x.astype(np.float32)).astype(np.float32)
        net, values = converted("DEQUANTIZE", x, dtype, "FLOAT32", (scales, [0] * len(scales), 0), None, True)
        yield case.model("Dequantize", net, values, [made], formula)


def quantize(case):
    """Halves go away from zero in the plain kernels, to even in some vectorized ones."""
    x = np.array([[1.5, -2.25, 0, 0.25], [-0.25, 300, -1e6, 1e6]], np.float32)
    for dtype in ("INT8", "UINT8", "INT16"):
        zero = 0 if dtype == "INT16" else 5
        for scales, zeros, dimension in (([0.5], [zero], 0), ([0.5, 0.03], [zero] * 2, 0), ([0.5, 0.03, 7.25, 1], [zero] * 4, 1)):
            yield case.model("Quantize", *converted("QUANTIZE", x, "FLOAT32", dtype, None, (scales, zeros, dimension)), reference=True)
    bytes_ = {"INT8": np.arange(-128, 128, 3).astype(np.int8), "UINT8": np.arange(0, 256, 3).astype(np.uint8),
              "INT16": np.array([-32768, -300, -129, -2, -1, 0, 1, 2, 3, 128, 300, 32767], np.int16),
              "INT32": np.array([-70000, -300, -1, 0, 1, 5, 12345678], np.int32)}
    zero = {"INT8": -7, "UINT8": 121, "INT16": 0, "INT32": 0}
    for before, afters in (("INT8", ("INT8", "UINT8", "INT16")), ("UINT8", ("INT8", "UINT8", "INT16")),
                           ("INT16", ("INT8", "INT16", "INT32")), ("INT32", ("INT8", "INT16"))):
        for after in afters:
            for scales in ((0.3, 0.11), (0.011, 0.3), (0.5, 0.25), (1.0, 1.0)):
                yield case.model("Quantize", *converted(
                    "QUANTIZE", bytes_[before], before, after, ([scales[0]], [zero[before]]), ([scales[1]], [zero[after]])),
                    reference=True)
    # The same steps, the zero point moved by 128: the runtime flips the upper bit.
    for before, after, move in (("INT8", "UINT8", 128), ("UINT8", "INT8", -128)):
        at = -3 if before == "INT8" else 125
        yield case.model("Quantize", *converted("QUANTIZE", bytes_[before], before, after, ([0.3], [at]), ([0.3], [at + move])), reference=True)


def cast(case):
    x = np.array([1, 2.5, -0.0, np.nan, np.inf, -np.inf, 70000, 1e-9, -1 / 3], np.float32)
    yield case.model("Cast", *converted("CAST", x, "FLOAT32", "FLOAT16"))
    halves = np.array([1, 2.5, -0.0, np.nan, np.inf, -np.inf, 6e-8, 65504, -1 / 3], np.float16)
    yield case.model("Cast", *converted("CAST", halves, "FLOAT16", "FLOAT32"))
    yield case.model("Cast", *converted("CAST", np.array([1, 2.5, -7.75, 100], np.float16), "FLOAT16", "INT32"))
    yield case.model("Cast", *converted("CAST", np.array([1, -7, 2049, 70000], np.int32), "INT32", "FLOAT16"))


def weights_behind_dequantize(case):
    """What the converters write for smaller files: float operators that read Dequantize of a constant."""
    random = np.random.default_rng(3)
    image = np.round(random.uniform(-1, 1, (2, 5, 4, 3)), 3).astype(np.float32)
    for kind in ("half", "tensor", "channel"):
        net = Net()
        graph = net.graph()

        def weights(shape, dimension):
            real = random.uniform(-1, 1, shape)
            if kind == "half":
                small = graph.const(real.astype(np.float16))
            else:
                count = shape[dimension] if kind == "channel" else 1
                scales = [0.01 * (1 + at) for at in range(count)]
                q = random.integers(-127, 128, shape).astype(np.int8)
                small = graph.const(q, quant=(scales, [0] * count, dimension))
            return graph.op("DEQUANTIZE", [small], [graph.tensor(shape)], version=3)

        x = graph.input(image.shape)
        conv = graph.tensor((2, 5, 4, 4))
        graph.op("CONV_2D", [x, weights((4, 3, 3, 3), 0), weights((4,), 0)], [conv],
                 options("Conv2DOptions", strideW=1, strideH=1))
        flat = graph.tensor((2, 6))
        graph.op("FULLY_CONNECTED", [conv, weights((6, 80), 0), -1], [flat], options("FullyConnectedOptions"))
        graph.output(flat)
        yield case.model("Dequantize", net, [image])


def densify(case):
    random = np.random.default_rng(5)
    for shape, order, formats, blocks in (
        ((4, 6), (0, 1), "ds", ()), ((4, 6), (0, 1), "sd", ()), ((4, 6), (0, 1), "ss", ()), ((4, 6), (1, 0), "ds", ()),
        ((4, 6), (0, 1), "dd", ()), ((4, 8), (0, 1, 2), "dsd", ((1, 4),)), ((4, 8), (0, 1, 2, 3), "dsdd", ((0, 2), (1, 4))),
        ((4, 8), (1, 0, 3, 2), "dsdd", ((0, 2), (1, 4))), ((1, 1), (0, 1), "ds", ()), ((5,), (0,), "s", ()),
        ((2, 3, 2, 4), (0, 1, 2, 3), "ddds", ()), ((2, 3, 2, 4), (3, 0, 2, 1), "sdsd", ()),
    ):
        for kind in (np.float32, np.float16, np.int8):
            x = np.where(random.uniform(size=shape) < 0.4, random.integers(-9, 10, shape), 0).astype(kind)
            raw, sparsity = sparse(x, order, formats, blocks)
            if not raw:
                continue
            net = Net()
            graph = net.graph()
            made = graph.tensor(shape, word(x.dtype))
            graph.op("DENSIFY", [graph.tensor(shape, word(x.dtype), raw, sparsity=sparsity)], [made])
            yield case.model("Densify", graph.output(made).net, [])
    # Float weights of a layer, and halves behind both operators.
    x = np.where(random.uniform(size=(8, 16)) < 0.3, random.uniform(-1, 1, (8, 16)), 0)
    for kind in (np.float32, np.float16):
        net = Net()
        graph = net.graph()
        raw, sparsity = sparse(x.astype(kind), (0, 1, 2), "dsd", ((1, 4),))
        name = word(np.dtype(kind))
        weights = graph.op("DENSIFY", [graph.tensor(x.shape, name, raw, sparsity=sparsity)], [graph.tensor(x.shape, name)])
        if kind == np.float16:
            weights = graph.op("DEQUANTIZE", [weights], [graph.tensor(x.shape)], version=3)
        made = graph.tensor((3, 8))
        graph.op("FULLY_CONNECTED", [graph.input((3, 16)), weights, -1], [made], options("FullyConnectedOptions"))
        image = np.round(random.uniform(-1, 1, (3, 16)), 3).astype(np.float32)
        yield case.model("Densify", graph.output(made).net, [image])


def means(case):
    F = {"INT32": np.int32, "INT64": np.int64}
    for dtype, kind in F.items():
        big = np.iinfo(kind).max
        for x, axes in (
            (np.array([[1, 2, 4], [-7, -8, -2]], kind), ([0], [1], [0, 1], [-1])),
            (np.arange(-12, 12, dtype=kind).reshape(1, 3, 4, 2), ([1, 2], [2], [0, 3], [1, 1])),
            (np.array([[big, big, 5], [-big, -big, -1]], kind), ([0], [1])),
        ):
            for axis in axes:
                for keep in (False, True):
                    out = np.sum(x, tuple(set(axis)), keepdims=keep).shape
                    yield case("Mean", [(x.shape, dtype), np.array(axis, np.int32)], [(out, dtype)],
                               f"mean_options {{ keep_dims: {str(keep).lower()} }}", values=[x])


def empties(case):
    zero = np.array(3, np.int32)
    yield case("Range", [zero, zero, np.array(1, np.int32)], [((0,), "INT32")])
    yield case("Range", [zero, zero, np.array(-2, np.int32)], [((0,), "INT32")])
    yield case("Range", [np.array(1.5, np.float32)] * 2 + [np.array(0.5, np.float32)], [((0,), "FLOAT32")])
    yield case("Range", [np.array(7, np.int64)] * 2 + [np.array(1, np.int64)], [((0,), "INT64")])
    for shape, dtype in (((4,), "BOOL"), ((2, 3), "INT32"), ((2, 1, 2), "FLOAT32"), ((0, 2), "BOOL"), ((3, 0), "FLOAT32")):
        kind = {"BOOL": np.bool_, "INT32": np.int32, "FLOAT32": np.float32}[dtype]
        yield case("Where", [(shape, dtype)], [((0, len(shape)), "INT64")], values=[np.zeros(shape, kind)])


def variants(case):
    yield from dequantize(case)
    yield from densify(case)
    yield from weights_behind_dequantize(case)
    yield from quantize(case)
    yield from cast(case)
    yield from means(case)
    yield from empties(case)
