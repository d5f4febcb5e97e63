"""Factors, sums and limits beyond what the kernels were written for: shifts by less than nothing, words that wrap."""
import numpy as np

from elementwise import hash_of
from integer_case import ALL, BYTES, Case, options

# A factor's exponent: the last that is meant (7), shifts to the right by 1, 0, −1, … and modulo 64 by 1 again.
EXPONENTS = (6, 7, 8, 13, 14, 15, 16, 17, 30, 31, 32, 47, 63, 77, 78, 79, 80)
SHAPE = (1, 1, 48, 16)


def wide(operator, exponent):
    """Sums of 64 bits times 1.37 · 2^(exponent − 1)."""
    scale = float(np.float32(1.37 * 2.0 ** (exponent - 1)))
    case = Case(operator, "int16", f"factor 2^{exponent}", seed=hash_of(f"{operator}{exponent}"))
    given = case.input(SHAPE, side=(scale, 0))
    one = (1.0, 0)
    if operator == "BATCH_MATMUL":
        other = case.input((1, 1, 16, 16), side=one)
        return case.op([given, other], [((1, 1, 48, 16), "int16", one)], options("BatchMatMulOptions", adjX=False, adjY=False), 4)
    depthwise = operator == "DEPTHWISE_CONV_2D"
    shape = (1, 1, 1, 16) if depthwise else (16, 1, 1, 16)
    axis = 3 if depthwise else 0
    weights = case.const(case.random(shape, "int8", low=-127), scales=[1.0], dimension=axis)
    offsets = case.const(case.random((16,), "int16").astype(np.int64), scales=[scale])
    moves = {"padding": 1, "strideH": 1, "strideW": 1}
    dilations = {"dilationHFactor": 1, "dilationWFactor": 1}
    if operator == "TRANSPOSE_CONV":
        size = case.const(np.array(SHAPE, np.int32))
        return case.op([size, weights, given, offsets], [(SHAPE, "int16", one)], options("TransposeConvOptions", **moves), 3)
    option = options("DepthwiseConv2DOptions", depthMultiplier=1, **moves, **dilations) if depthwise else options("Conv2DOptions", **moves, **dilations)
    return case.op([given, weights, offsets], [(SHAPE, "int16", one)], option, 5)


def wrapping():
    """FULLY_CONNECTED whose bias of 32 bits is next to the ends of its type, so that sums wrap."""
    for types in ("int8", "int16"):
        for number, (rows, depth, out) in enumerate([(30, 7, 5), (40, 16, 8), (9, 33, 12)]):
            for per in ("channel", "tensor"):
                case = Case("FULLY_CONNECTED", types, f"wrapping {number} {per}", seed=number)
                x, y = (2.0**-9, 0), (2.0**-3 if types == "int16" else 32.0, 0)
                given = case.input((rows, depth), side=x)
                count = out if per == "channel" else 1
                scales = [float(np.float32(2.0**-21 * (1 + 0.11 * (n % 7)))) for n in range(count)]
                weights = case.const(case.random((out, depth), "int8", low=-127), scales=scales)
                near = case.random((out,), "int16").astype(np.int64) + np.where(np.arange(out) % 2, 2**31 - 1 - 32767, -(2**31) + 32768)
                bias = case.const(near.astype(np.int32), scales=[x[0] * s for s in scales])
                option = options("FullyConnectedOptions")
                option.quantizedBiasType = 2
                yield case.op([given, weights, bias], [((rows, out), types, y)], option, 12)


def limits():
    """RELU and its kin whose limits no word holds."""
    for operator in ("RELU", "RELU6", "RELU_N1_TO_1", "RELU_0_TO_1"):
        for types in ALL if operator in ("RELU", "RELU6") else BYTES:
            for scale in (1e-7, 2.5e-9, 1e-9, 1e-12, 5.7e-20, 1e-30):
                for given in (1.0, 1e-5, 1e4, 1.5 * scale, 5 * scale):
                    zeros = {"int8": (5, 3), "uint8": (120, 131), "int16": (0, 0)}[types]
                    case = Case(operator, types, f"limits {scale} {given}", seed=hash_of(f"{operator}{scale}{given}"))
                    made = case.input((1, 45), side=(given, zeros[0]))
                    yield case.op([made], [((1, 45), types, (scale, zeros[1]))])


def hard_swishes():
    """Scales whose factor for RELU6 is shifted by 30 bits and more; tails of vectors."""
    for types in BYTES:
        for power in (24, 25, 26, 34, 35, 57, 58):
            for size in (1, 3, 4, 11, 256):
                zero = {"int8": (-128, -100), "uint8": (0, 31)}[types][size % 2]
                side = (float(np.float32(1.118 * 2.0**power)), zero)
                case = Case("HARD_SWISH", types, f"power {power} {size}", seed=hash_of(f"{types}{power}{size}"))
                yield case.op([case.input((1, size), side=side)], [((1, size), types, side)])


def cases():
    for operator in ("BATCH_MATMUL", "CONV_2D", "DEPTHWISE_CONV_2D", "TRANSPOSE_CONV"):
        for exponent in EXPONENTS:
            yield wide(operator, exponent)
    yield from wrapping()
    yield from limits()
    yield from hard_swishes()
