"""Convolutions and products of matrices: paddings, strides, dilations, groups, one scale or many, every width of bias."""
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from elementwise import hash_of
from integer_case import ALL, SIDES, Case, options

# Batch, height, width, in; out, filter height and width; strides; dilations; padding 0 SAME or 1 VALID.
CONVOLUTIONS = [
    ((3, 6, 7, 3), 5, (3, 3), (1, 1), (1, 1), 0), ((7, 5, 5, 4), 8, (2, 3), (2, 1), (1, 1), 1), ((3, 9, 8, 2), 3, (3, 2), (1, 2), (2, 2), 0),
    ((2, 4, 4, 16), 17, (1, 1), (1, 1), (1, 1), 1), ((2, 8, 8, 1), 9, (5, 3), (3, 2), (1, 1), 0), ((6, 7, 5, 6), 4, (1, 5), (1, 1), (1, 1), 1),
    ((1, 1, 1, 33), 2, (1, 1), (1, 1), (1, 1), 0), ((3, 3, 3, 1), 1, (3, 3), (1, 1), (1, 1), 0),
]
ACTIVATIONS = [0, 1, 3, 2]


def sums(types, depth):
    """About the largest sum that a real factor should bring to the ends of the output."""
    return depth ** 0.5 * {"int8": 74 * 74, "uint8": 74 * 74, "int16": 19000 * 74}[types]


def scales_of(types, y, channels, depth, x, halves):
    """Scales of a filter: with `halves` powers of two, so that sums land between two integers."""
    span = {"int8": 120, "uint8": 120, "int16": 30000}[types]
    real = span / sums(types, depth)
    if halves:
        real = 2.0 ** np.round(np.log2(real))
        return [real * y[0] / x[0] * 2.0 ** (n % 3 - 1) for n in range(channels)]
    return [float(np.float32(real * y[0] / x[0] * (0.7 + 0.13 * (n % 7)))) for n in range(channels)]


def filters(case, types, shape, zero):
    weights = "uint8" if types == "uint8" else "int8"
    made = case.random(shape, weights, low=None if weights == "uint8" else -127)
    return made if weights == "int8" or zero != 0 else made


def layer(operator, types, name, x, y, shape, kernel, channels, axis, out, option, bias, per, halves, depth, before=(), version=1, named=True):
    """The shared end: filter, bias, operator."""
    name = f"{name} {bias} {per} {halves} {named}"
    case = Case(operator, types, name, seed=hash_of(f"{operator}{types}{name}"))
    if named and operator != "DEPTHWISE_CONV_2D":
        option.quantizedBiasType = getattr(schema.TensorType, (bias or "int64").upper())
    given = case.input(shape, side=x)
    count = channels if per == "channel" else 1
    scales = scales_of(types, y, count, depth, x, halves)
    array = filters(case, types, kernel, 0)
    zero = 117 if types == "uint8" else 0
    weights = case.graph.const(array, quant=(scales, [zero] * count, axis))
    inputs = [case.graph.const(np.array(extra, np.int32)) for extra in before] + ([given, weights] if not before else [weights, given])
    if bias:
        width = np.int64 if bias == "int64" else np.int32
        limit = int(sums(types, depth) / 3)
        numbers = np.random.default_rng(case.seed).integers(-limit, limit + 1, channels).astype(width)
        inputs.append(case.graph.const(numbers, quant=([x[0] * s for s in scales], [0] * count, 0)))
    return case.op(inputs, [(out, types, y)], option, version)


def places(size, kernel, stride, dilation, padding):
    effective = (kernel - 1) * dilation + 1
    return -(-size // stride) if padding == 0 else -(-(size - effective + 1) // stride)


def forms(types):
    """Bias, scales, halves."""
    biases = ["int64", "int32", None] if types == "int16" else ["int32", None]
    pers = ["tensor"] if types == "uint8" else ["channel", "tensor"]
    return [(bias, per, halves) for bias in biases for per in pers for halves in (True, False)]


def cases():
    number = 0
    for types in ALL:
        for shape, out, kernel, strides, dilations, padding in CONVOLUTIONS:
            for bias, per, halves in forms(types):
                number += 1
                sides = SIDES[types]
                x, y = sides[number % len(sides)], sides[(number // 2) % len(sides)]
                rows, columns = (places(shape[1 + i], kernel[i], strides[i], dilations[i], padding) for i in (0, 1))
                activation = ACTIVATIONS[number % 7 % 4]
                fields = {"padding": padding, "strideH": strides[0], "strideW": strides[1], "dilationHFactor": dilations[0],
                          "dilationWFactor": dilations[1], "fusedActivationFunction": activation}
                name = f"{shape} {out} {kernel} {strides} {dilations} {padding} {x} {y} {activation}"
                made = (shape[0], rows, columns, out)
                depth = kernel[0] * kernel[1] * shape[3]
                yield layer("CONV_2D", types, name, x, y, shape, (out, *kernel, shape[3]), out, 0, made,
                            options("Conv2DOptions", **fields), bias, per, halves, depth, version=5)
                if shape[3] % 2 == 0:
                    half = 2 * (out // 2)
                    yield layer("CONV_2D", types, f"groups {name}", x, y, shape, (half, *kernel, shape[3] // 2), half, 0, (*made[:3], half),
                                options("Conv2DOptions", **fields), bias, per, halves, depth // 2, version=6)
                for multiplier in (1, 2, 8):
                    channels = shape[3] * multiplier
                    # Without a bias, and with one of 32 bits beside 16-bit activations, the process ends.
                    if (number % 3 == 0 and multiplier == 8) or not bias or (types == "int16" and bias == "int32"):
                        continue
                    yield layer("DEPTHWISE_CONV_2D", types, f"{multiplier} {name}", x, y, shape, (1, *kernel, channels), channels, 3,
                                (*made[:3], channels), options("DepthwiseConv2DOptions", depthMultiplier=multiplier, **fields),
                                bias, per, halves, kernel[0] * kernel[1], version=3)
                if dilations == (1, 1):
                    back = (shape[0], rows, columns, out)
                    fields = {key: fields[key] for key in ("padding", "strideH", "strideW")}
                    yield layer("TRANSPOSE_CONV", types, name, x, y, back, (shape[3], *kernel, out), shape[3], 0, shape,
                                options("TransposeConvOptions", **fields), bias, per, halves, kernel[0] * kernel[1] * out,
                                before=[list(shape)], version=3)
        for rows, depth, out in [(11, 16, 40), (23, 33, 17), (40, 7, 8), (60, 1, 3), (20, 48, 9), (1, 70, 1), (31, 12, 16), (47, 40, 5)]:
            for bias, per, halves in forms(types):
                number += 1
                sides = SIDES[types]
                x, y = sides[number % len(sides)], sides[(number // 2) % len(sides)]
                activation = ACTIVATIONS[number % 7 % 4]
                # One of 32 bits that is not named the reference kernel reads as one of 64, beyond its end.
                for named in (True, False) if types == "int16" and bias != "int32" else (True,):
                    yield layer("FULLY_CONNECTED", types, f"{rows} {depth} {out} {x} {y} {activation}", x, y, (rows, depth), (out, depth), out, 0,
                                (rows, out), options("FullyConnectedOptions", fusedActivationFunction=activation), bias, per, halves, depth,
                                version=4, named=named)
    for types in ("int8", "int16"):
        for left, right in [((3, 5, 16), (3, 16, 9)), ((2, 13, 7), (2, 7, 17)), ((3, 7, 33), (1, 33, 8)), ((1, 1, 6), (4, 6, 11)), ((5, 12), (12, 40)),
                            ((2, 1, 8, 9), (1, 3, 9, 5))]:
            for adjoint in range(4):
                for halves in (True, False):
                    number += 1
                    sides = SIDES[types]
                    a, b, y = sides[number % 6], sides[(number // 2) % 6], sides[(number // 3) % 6]
                    turned = [(*s[:-2], s[-1], s[-2]) if adjoint & bit else s for s, bit in ((left, 1), (right, 2))]
                    name = f"{left} {right} {adjoint} {a} {b} {y} {halves}"
                    case = Case("BATCH_MATMUL", types, name, seed=hash_of(name))
                    span = {"int8": 120, "int16": 30000}[types]
                    size = {"int8": 74, "int16": 19000}[types]
                    real = span / (size * size * left[-1] ** 0.5)
                    b = (float(np.float32((2.0 ** np.round(np.log2(real)) if halves else real) * y[0] / a[0])), b[1])
                    inputs = [case.input(turned[0], side=a), case.input(turned[1], side=b)]
                    batch = np.broadcast_shapes(left[:-2], right[:-2])
                    option = options("BatchMatMulOptions", adjX=bool(adjoint & 1), adjY=bool(adjoint & 2))
                    yield case.op(inputs, [((*batch, left[-2], right[-1]), types, y)], option, version=4)
