"""Operators over rows, windows and axes: softmax, normalization, pools, reductions, resizing."""
import numpy as np

from elementwise import hash_of
from integer_case import ALL, BYTES, SIDES, Case, options
from layers import places

SOFTMAX = {"int8": (1 / 256, -128), "uint8": (1 / 256, 0), "int16": (1 / 32768, 0)}
LOG_SOFTMAX = {"int8": (1 / 16, 127), "uint8": (1 / 16, 255)}
NORMAL = {"int8": (1 / 128, 0), "uint8": (1 / 128, 128)}
POOLS = [
    ((1, 6, 7, 3), (2, 2), (2, 2), 1), ((2, 5, 5, 17), (3, 2), (1, 2), 0), ((1, 7, 7, 8), (7, 7), (1, 1), 1), ((1, 8, 9, 33), (3, 3), (2, 1), 0),
    ((1, 3, 3, 1), (3, 3), (1, 1), 0), ((1, 20, 4, 16), (5, 4), (3, 4), 0),
]
# Shape, axes, whether dimensions stay.
REDUCTIONS = [
    ((2, 5, 4, 17), (1, 2), True), ((2, 5, 4, 17), (1, 2), False), ((3, 7, 40), (2,), False), ((3, 7, 40), (1,), True), ((6, 9), (0, 1), False),
    ((1, 3, 3, 16), (1, 2), True), ((1, 7, 7, 33), (1, 2), True), ((1, 16, 16, 5), (2, 1), True), ((2, 3, 4, 5), (3,), True), ((2, 3, 4, 5), (0, 2), False),
    ((1, 1, 64), (-1,), True), ((11, 3, 3, 19), (1, 2), True), ((6, 2, 7, 16), (1,), False), ((17, 9, 5), (1,), True),
]


def one(operator, types, name, x, y, shape, out, option=None, extra=(), low=None, high=None, version=1):
    name = f"{name} {x} {y}"
    case = Case(operator, types, name, seed=hash_of(f"{operator}{types}{name}"))
    inputs = [case.input(shape, side=x, low=low, high=high), *(case.graph.const(np.array(more, np.int32)) for more in extra)]
    return case.op(inputs, [(out, types, y)], option, version)


def reduced(shape, axes, keep):
    axes = {a % len(shape) for a in axes}
    return tuple(1 if d in axes else n for d, n in enumerate(shape) if keep or d not in axes)


def resizing(types):
    for shape, size in [((1, 4, 5, 3), (8, 10)), ((2, 3, 3, 2), (7, 5)), ((1, 9, 8, 4), (4, 3)), ((1, 2, 2, 8), (6, 6)), ((1, 5, 1, 17), (5, 4)),
                        ((1, 6, 6, 1), (13, 17)), ((1, 1, 1, 5), (3, 3)), ((1, 7, 6, 9), (14, 12)), ((1, 3, 4, 16), (6, 8))]:
        for corners, half in ((False, False), (True, False), (False, True)):
            for side in SIDES[types][:2]:
                for kind in ("Bilinear", "NearestNeighbor"):
                    option = options(f"Resize{kind}Options", alignCorners=corners, halfPixelCenters=half)
                    operator = "RESIZE_BILINEAR" if kind == "Bilinear" else "RESIZE_NEAREST_NEIGHBOR"
                    yield one(operator, types, f"{shape} {size} {corners} {half}", side, side, shape, (shape[0], *size, shape[3]), option,
                              [list(size)], version=4)


def cases():
    for types in ALL:
        for depth in (1, 2, 3, 7, 8, 10, 16, 17, 40):
            for scale in (0.0039, 0.0235, 0.0625, 0.1, 0.3, 1.0) if types != "int16" else (2.0**-12, 0.0001, 0.00031, 0.001, 0.01):
                for beta in (1.0, 0.7):
                    x = (scale, SIDES[types][depth % 6][1])
                    option = options("SoftmaxOptions", beta=beta)
                    yield one("SOFTMAX", types, f"{depth} {beta}", x, SOFTMAX[types], (13, depth), (13, depth), option, version=3)
                if types in BYTES:
                    yield one("LOG_SOFTMAX", types, depth, x, LOG_SOFTMAX[types], (19, depth), (19, depth))
                    yield one("L2_NORMALIZATION", types, depth, x, NORMAL[types], (21, depth), (21, depth), options("L2NormOptions"))
        for number, (shape, size, strides, padding) in enumerate(POOLS):
            for side in SIDES[types]:
                for activation in (0, 1, 3):
                    fields = {"filterHeight": size[0], "filterWidth": size[1], "strideH": strides[0], "strideW": strides[1], "padding": padding,
                              "fusedActivationFunction": activation}
                    rows, columns = (places(shape[1 + i], size[i], strides[i], 1, padding) for i in (0, 1))
                    for operator in ("AVERAGE_POOL_2D", "MAX_POOL_2D"):
                        if activation and (number + activation) % 3:
                            continue
                        yield one(operator, types, f"{shape} {size} {strides} {padding} {activation}", side, side, shape,
                                  (shape[0], rows, columns, shape[3]), options("Pool2DOptions", **fields))
        for shape, axes, keep in REDUCTIONS:
            for at, x in enumerate(SIDES[types]):
                option = options("ReducerOptions", keepDims=keep)
                out, name = reduced(shape, axes, keep), f"{shape} {axes} {keep}"
                for y in (SIDES[types][(at + 1) % 6], SIDES[types][(at + 3) % 6], x):
                    yield one("MEAN", types, name, x, y, shape, out, option, [list(axes)], version=3)
                    count = int(np.prod(shape) // np.prod(out))
                    wide = (float(np.float32(x[0] * count ** 0.5)), y[1])
                    yield one("SUM", types, name, x, wide, shape, out, option, [list(axes)], version=2)
                for operator in ("REDUCE_MAX", "REDUCE_MIN"):
                    yield one(operator, types, name, x, x, shape, out, option, [list(axes)], version=3)
            if types != "uint8":
                for x in [(1 / 70, SIDES[types][0][1]), (1 / 64, 0), (0.02, 0)]:
                    scale = x[0] if types == "int8" else x[0] / 256
                    for y in [(scale, 0), (0.03 if types == "int8" else 0.0001, 0)]:
                        yield one("REDUCE_PROD", types, name, (scale, x[1] if types == "int8" else 0), y, shape, out, option, [list(axes)], version=2)
        yield from resizing(types)
