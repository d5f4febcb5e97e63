"""Cases beyond those of the files beside: factors at the ends of their ranges, weights of few bits, ties of fused activations, what
XNNPACK's delegate takes or leaves."""
import numpy as np
from ai_edge_litert import schema_py_generated as schema

import moves
from binary import SHAPES, TAILS, binary
from integer_case import ALL, BYTES, SIDES, Case, options
from rows import REDUCTIONS, one, reduced

KINDS = {"ADD": "AddOptions", "SUB": "SubOptions", "MUL": "MulOptions"}


def sums():
    # 16 bits: an output of small steps shows each bit of the inputs' products.
    for number, scale in enumerate((0.000317, 0.000301, 0.00025)):
        for shapes in SHAPES + TAILS:
            sides = (0.000235, 0), (scale, 0), (float(np.float32(scale * 2.0**-12)), 0)
            yield binary("ADD", "int16", sides, shapes, options("AddOptions", fusedActivationFunction=0, potScaleInt16=False), near=7 + number)
    # Limits of a fused activation between two integers.
    for types in BYTES:
        for operator, kind in KINDS.items():
            for number, scale in enumerate((12.0, 4.0, 2.0, 12 / 7, 0.4, 2 / 7)):
                for activation in (2, 3):
                    sides = [(float(np.float32(scale)), SIDES[types][(number + n) % 6][1]) for n in range(3)]
                    yield binary(operator, types, sides, ((1, 200), (1, 200)), options(kind, fusedActivationFunction=activation))
        # Ratios of scales that the delegate takes, and leaves.
        for ratio in (2.0**-11, 2.0**-10, 0.0011, 0.03, 7.3, 255.0, 256.0, 300.0):
            for operator, kind in KINDS.items():
                zeros = [side[1] for side in SIDES[types][2:5]]
                a, b, y = (0.03, zeros[0]), (0.0171, zeros[1]), (float(np.float32(0.03 / ratio)), zeros[2])
                if operator == "MUL":
                    y = (float(np.float32(0.03 * 0.0171 / ratio)), zeros[2])
                yield binary(operator, types, (a, b, y), ((1, 200), (1, 200)), options(kind, fusedActivationFunction=0))


def rescaled():
    """QUANTIZE and MEAN by factors up to 2⁴⁰: shifts of more bits than a word has."""
    for types in ("int8", "int16"):
        for exponent in (14, 17, 28, 30, 31, 32, 33, 40):
            x, y = (0.0625, 3 if types == "int8" else 0), (float(np.float32(0.0625 / (1.3 * 2.0**exponent))), 0)
            case = Case("QUANTIZE", types, f"2^{exponent}", seed=exponent)
            yield case.op([case.input((1, 43), side=x, low=-21, high=21)], [((1, 43), types, y)])
            yield one("MEAN", types, f"2^{exponent}", x, y, (6, 7), (6,), options("ReducerOptions", keepDims=False), [[1]], version=3)


def reduced_between():
    """MEAN and SUM whose factors bring many sums next to halves."""
    for types in BYTES:
        low = {"int8": -128, "uint8": 0}[types]
        for number, (count, x, y) in enumerate([(10, 6.0, 3.6), (60, 0.0078431377, 0.47058824), (30, 1.0, 1.0), (12, 0.02, 0.03), (7, 0.7, 0.1)]):
            for operator in ("MEAN", "SUM"):
                wide = y if operator == "MEAN" or count == 60 else y * count
                sides = [(float(np.float32(s)), zero) for s, zero in ((x, low + number), (wide, low + 3 * number))]
                yield one(operator, types, f"between {number}", *sides, (400, count), (400,), options("ReducerOptions", keepDims=False), [[1]],
                          version=3 if operator == "MEAN" else 2)


def functions():
    random = np.random.default_rng(11)
    for number in range(40):
        scale, other = (float(np.float32(np.exp(random.uniform(*ends)))) for ends in ((-11, -8), (-11, -8)))
        for approximate in (False, True):
            case = Case("GELU", "int16", f"random {number} {approximate}", seed=number)
            yield case.op([case.input((1, 1000), side=(scale, 0))], [((1, 1000), "int16", (other, 0))], options("GeluOptions", approximate=approximate))
    for types in BYTES:
        for number in range(30):
            zeros = random.integers(*((-128, 128) if types == "int8" else (0, 256)), 2)
            x, y = ((float(np.float32(np.exp(random.uniform(*ends)))), int(zero)) for ends, zero in zip(((-5, -1), (-7, -3)), zeros))
            for operator in ("LOGISTIC", "TANH", *(["ELU"] if types == "int8" else [])):
                case = Case(operator, types, f"random {number}")
                yield case.op([case.input((1, 256), side=x, seed=0)], [((1, 256), types, y)])
            for operator, option in (("LEAKY_RELU", options("LeakyReluOptions", alpha=float(np.float32(random.uniform(-2, 2))))), ("QUANTIZE", None)):
                case = Case(operator, types, f"random {number}")
                near = (float(np.float32(x[0] * np.exp(random.uniform(-5, 5)))), y[1])
                yield case.op([case.input((1, 256), side=x, seed=0)], [((1, 256), types, near)], option)
            case = Case("QUANTIZE", f"float32>{types}", f"random {number}", seed=number)
            yield case.op([case.input((1, 301), "float32", low=-90000, high=90000, step=y[0] * 0.00217)], [((1, 301), types, y)])


def dense():
    """Weights of 4 and 2 bits, uint8 in both operands."""
    for number, (rows, depth, out) in enumerate([(9, 32, 24), (20, 33, 17), (31, 7, 9), (40, 64, 12), (25, 16, 40), (20, 34, 11), (15, 6, 30)]):
        for bits in (4, 2, 8):
            for per in ("channel", "tensor"):
                types = "uint8" if bits == 8 else "int8"
                if bits == 8 and per == "channel":
                    continue
                x, y = SIDES[types][number % 6], SIDES[types][(number + 2) % 6]
                case = Case("FULLY_CONNECTED", types, f"{rows} {depth} {out} {bits} {per}", runs=2, seed=number + bits)
                given = case.input((rows, depth), side=x)
                random = np.random.default_rng(case.seed)
                real = y[0] / x[0] * 120 / (74 * (2 ** (bits - 1) * 0.6) * depth**0.5)
                count = out if per == "channel" else 1
                scales = [float(np.float32(real * (0.7 + 0.13 * (n % 7)))) for n in range(count)]
                if bits == 8:
                    weights = case.graph.const(random.integers(0, 256, (out, depth)).astype(np.uint8), quant=(scales, [117], 0))
                else:
                    values = random.integers(-(2 ** (bits - 1)) + 1, 2 ** (bits - 1), out * depth).astype(np.uint8) & (2**bits - 1)
                    each = 8 // bits
                    values = np.pad(values, (0, -len(values) % each)).reshape(-1, each)
                    packed = sum((values[:, at].astype(np.uint32) << (bits * at)) for at in range(each)).astype(np.uint8).tobytes()
                    weights = case.graph.tensor((out, depth), "INT8", data=packed, quant=(scales, [0] * count, 0))
                    case.graph.it.tensors[weights].type = getattr(schema.TensorType, f"INT{bits}")
                bias = case.graph.const(random.integers(-900, 900, out).astype(np.int32), quant=([x[0] * s for s in scales], [0] * count, 0))
                case.op([given, weights, bias], [((rows, out), types, y)], options("FullyConnectedOptions", fusedActivationFunction=number % 4), version=12)
                case.types = types if bits == 8 else f"int8 int{bits}"
                yield case


def images():
    """uint8: depthwise filters whose one scale names the first dimension, which the delegate takes; more of CONV_2D."""
    for number, (shape, kernel, strides, out) in enumerate([((2, 7, 8, 5), (3, 3), (1, 1), 5), ((1, 9, 9, 17), (3, 2), (2, 1), 17), ((3, 6, 5, 8), (2, 2), (1, 2), 16),
                                                            ((1, 12, 11, 24), (3, 3), (1, 1), 24), ((2, 8, 8, 3), (5, 5), (2, 2), 6)]):
        for depthwise in (True, False):
            for activation in (0, 1, 3):
                x, y = SIDES["uint8"][number % 6], SIDES["uint8"][(number + activation + 1) % 6]
                operator = "DEPTHWISE_CONV_2D" if depthwise else "CONV_2D"
                case = Case(operator, "uint8", f"first dimension {number} {activation}", runs=2, seed=number * 5 + activation)
                depth = kernel[0] * kernel[1] * (1 if depthwise else shape[3])
                scale = float(np.float32(y[0] / x[0] * 120 / (74 * 74 * depth**0.5)))
                filters = case.random((1, *kernel, out) if depthwise else (out, *kernel, shape[3]), "uint8")
                weights = case.graph.const(filters, quant=([scale], [117], 0))
                bias = case.graph.const(case.random((out,), "int16").astype(np.int32), quant=([x[0] * scale], [0], 0))
                given = case.input(shape, side=x)
                rows, columns = (-(-shape[1 + i] // strides[i]) for i in (0, 1))
                fields = {"padding": 0, "strideH": strides[0], "strideW": strides[1], "fusedActivationFunction": activation}
                option = options("DepthwiseConv2DOptions", depthMultiplier=out // shape[3], **fields) if depthwise else options("Conv2DOptions", **fields)
                yield case.op([given, weights, bias], [((shape[0], rows, columns, out), "uint8", y)], option, version=3)


def transposed():
    """Strides longer than the filter, which the delegate leaves where padding is SAME."""
    for types in BYTES:
        for number, (kernel, stride, padding) in enumerate([(2, 3, 0), (1, 2, 0), (2, 3, 1), (3, 3, 0), (4, 2, 1)]):
            x, y = SIDES[types][number % 6], SIDES[types][(number + 3) % 6]
            case = Case("TRANSPOSE_CONV", types, f"strides {kernel} {stride} {padding}", runs=3, seed=number)
            rows, columns = ((size * stride if padding == 0 else (size - 1) * stride + kernel) for size in (5, 3))
            scale = float(np.float32(y[0] / x[0] * 120 / (74 * 74 * 30**0.5)))
            shape = case.graph.const(np.array([1, rows, columns, 9], np.int32))
            filters = case.graph.const(case.random((9, kernel, kernel, 30), types, low=None if types == "uint8" else -127),
                                       quant=([scale], [117 if types == "uint8" else 0], 0))
            given = case.input((1, 5, 3, 30), side=x)
            option = options("TransposeConvOptions", padding=padding, strideH=stride, strideW=stride)
            yield case.op([shape, filters, given], [((1, rows, columns, 9), types, y)], option, version=2)


def products():
    """A second operand without a zero point, as the delegate takes it; more of DIV."""
    for number, (left, right) in enumerate([((3, 9, 16), (3, 16, 25)), ((2, 13, 7), (2, 7, 17)), ((4, 7, 33), (1, 33, 18)), ((5, 12), (12, 40))]):
        for types in ("int8", "int16"):
            for adjoint in (0, 2):
                sides = SIDES[types]
                a, y = sides[number % 6], sides[(number + 2) % 6]
                span, size = {"int8": (120, 74), "int16": (30000, 19000)}[types]
                b = (float(np.float32(span / (size * size * left[-1] ** 0.5) * y[0] / a[0])), 0)
                case = Case("BATCH_MATMUL", types, f"symmetric {number} {adjoint}", runs=2, seed=number)
                turned = (*right[:-2], right[-1], right[-2]) if adjoint else right
                inputs = [case.input(left, side=a), case.input(turned, side=b)]
                batch = np.broadcast_shapes(left[:-2], right[:-2])
                yield case.op(inputs, [((*batch, left[-2], right[-1]), types, y)], options("BatchMatMulOptions", adjX=False, adjY=bool(adjoint)), version=4)
    for types in ALL:
        for number in range(4):
            a, b, y = (SIDES[types][(number + n) % 6] for n in (0, 1, 3))
            low, high = (b[1] + 1, None) if b[1] < 100 or types == "int16" else (None, b[1] - 1)
            case = Case("DIV", types, f"more {number}", runs=2, seed=number)
            yield case.op([case.input((1, 200), side=a), case.input((1, 200), side=b, low=low, high=high)], [((1, 200), types, y)], options("DivOptions"))


def moved():
    """The same moves over and over, of few different integers: where each goes is what counts."""
    for types in ALL:
        side = SIDES[types][2]
        for case in moves.moves(types, side):
            shape = case.graph.it.tensors[case.graph.it.outputs[0]].shape
            case.name += " again"
            case.runs = min(60, -(-10000 // int(np.prod(shape))))
            for given in case.inputs:
                if given["type"] == types:
                    given["low"], given["high"] = -4 if types != "uint8" else 0, 3
            yield case
    for types in ALL:
        for shape, axes, keep in REDUCTIONS[::2]:
            side, out = SIDES[types][3], reduced(shape, axes, keep)
            for operator in ("REDUCE_MAX", "REDUCE_MIN"):
                case = one(operator, types, f"again {shape} {axes} {keep}", side, side, shape, out, options("ReducerOptions", keepDims=keep), [list(axes)],
                           version=3, low=-40 if types != "uint8" else 0, high=30)
                case.runs = 10
                yield case


def cases():
    for part in (sums, rescaled, reduced_between, functions, dense, images, transposed, products, moved):
        yield from part()
