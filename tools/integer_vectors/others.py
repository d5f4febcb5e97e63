"""What few models have: operators of plain integers, mixed types."""
import numpy as np

from elementwise import hash_of
from integer_case import ALL, SIDES, Case, options
from rows import SOFTMAX


def one(operator, types, side, build, name=""):
    case = Case(operator, types, f"{side} {name}", seed=hash_of(f"{operator}{types}{side}{name}"))
    return build(case, side, types)


def plain(shape, option=None, before=(), after=(), out=None, kind=None, version=1, low=None, high=None):
    def build(case, side, types):
        numbers = [[case.graph.const(np.array(more, np.int32)) for more in lists] for lists in (before, after)]
        inputs = [*numbers[0], case.input(shape, side=side, low=low, high=high), *numbers[1]]
        return case.op(inputs, [(out or shape, kind or types, None if kind else side)], option, version)

    return build


def two(shape, option=None, low=None, version=1):
    def build(case, side, types):
        inputs = [case.input(shape, side=side), case.input(shape, side=side, low=side[1] + 1 if low else None)]
        return case.op(inputs, [(shape, types, side)], option, version)

    return build


def one_hot(case, side, types):
    values = [case.const(case.random((), types), side=side) for _ in range(2)]
    inputs = [case.input((40, 9), "int32", low=-1, high=30), case.graph.const(np.array(30, np.int32)), *values]
    return case.op(inputs, [((40, 9, 30), types, side)], options("OneHotOptions", axis=-1))


def scatter(case, side, types):
    inputs = [case.graph.const(np.array([[4], [0], [7], [2]], np.int32)), case.input((4, 40), side=side), case.graph.const(np.array([9, 40], np.int32))]
    return case.op(inputs, [((9, 40), types, side)])


def sparse(case, side, types):
    inputs = [case.graph.const(np.array([[0, 1], [2, 3], [4, 0]], np.int32)), case.graph.const(np.array([6, 5], np.int32)), case.input((3,), side=side),
              case.const(case.random((), types), side=side)]
    return case.op(inputs, [((6, 5), types, side)], options("SparseToDenseOptions"))


def update(case, side, types):
    inputs = [case.input((9, 40), side=side), case.input((3, 7), side=side), case.graph.const(np.array([2, 30], np.int32))]
    return case.op(inputs, [((9, 40), types, side)])


def fill(case, side, types):
    return case.op([case.graph.const(np.array([9, 40], np.int32)), case.input((), side=side)], [((9, 40), types, side)], version=3)


def lookup(case, side, types):
    inputs = [case.input((70,), "int32", low=0, high=29), case.const(case.random((30, 17), types), side=side)]
    return case.op(inputs, [((70, 17), types, side)], version=3)


def softmax16(case, side, types):
    given = case.input((40, 17), side=(0.1, side[1]))
    return case.op([given], [((40, 17), "int16", SOFTMAX["int16"])], options("SoftmaxOptions", beta=1.0), version=3)


def set_diagonal(case, side, types):
    return case.op([case.input((9, 12, 10), side=side), case.input((9, 10), side=side)], [((9, 12, 10), types, side)])


def products():
    """FULLY_CONNECTED of two activations of 16 bits."""
    for number, (rows, depth, out) in enumerate([(11, 16, 40), (23, 33, 17), (40, 7, 8), (60, 1, 3), (20, 48, 9), (1, 70, 1), (31, 12, 16), (47, 40, 5)] * 6):
        sides = SIDES["int16"]
        x, w, y = sides[number % 6], sides[(number // 2 + 1) % 6], sides[number // 3 % 6]
        # So that some results are within the type.
        y = (float(np.float32(x[0] * w[0] * 2.0**14 * depth**0.5 * (1, 1.37, 0.4)[number % 3])), 0)
        case = Case("FULLY_CONNECTED", "int16 int16", f"{number} {rows} {depth} {out}", seed=number)
        inputs = [case.input((rows, depth), "int16", side=x), case.input((out, depth), "int16", side=w), -1]
        if number % 2:
            limit = 2**31 - 1 if number % 4 == 1 else 2**20
            inputs[2] = case.const(case.random(out, "int32", -limit, limit), side=(float(np.float32(x[0] * w[0])), 0))
        option = options("FullyConnectedOptions", fusedActivationFunction=(0, 1, 3, 0)[number % 4])
        yield case.op(inputs, [((rows, out), "int16", y)], option, version=7)


BUILDS = [
    ("ADD_N", two((9, 40))), ("CEIL", plain((9, 40))), ("COS", plain((9, 40))), ("FLOOR", plain((9, 40))), ("ROUND", plain((9, 40))),
    ("SIGN", plain((9, 40))), ("SIN", plain((9, 40))), ("SQUARE", plain((9, 40))), ("CUMSUM", plain((9, 40), options("CumsumOptions"), after=[1])),
    ("FLOOR_DIV", two((9, 40), low=1)), ("FLOOR_MOD", two((9, 40), low=1)), ("POW", two((9, 40), low=1)), ("BITWISE_XOR", two((9, 40))),
    ("RIGHT_SHIFT", two((9, 40), low=1)), ("ONE_HOT", one_hot), ("SCATTER_ND", scatter), ("SPARSE_TO_DENSE", sparse), ("DYNAMIC_UPDATE_SLICE", update),
    ("FILL", fill), ("EMBEDDING_LOOKUP", lookup), ("ZEROS_LIKE", plain((9, 40))), ("L2_POOL_2D", plain((1, 4, 4, 3), options(
        "Pool2DOptions", filterWidth=2, filterHeight=2, strideW=2, strideH=2, padding=1), out=(1, 2, 2, 3))),
    ("LOCAL_RESPONSE_NORMALIZATION", plain((1, 4, 4, 3), options("LocalResponseNormalizationOptions", radius=1, bias=1.0, alpha=1.0, beta=0.5))),
    ("MATRIX_DIAG", plain((9, 4), out=(9, 4, 4))), ("MATRIX_SET_DIAG", set_diagonal), ("ABS", plain((9, 40))), ("SHAPE", plain((9, 40), options("ShapeOptions", outType=2), out=(2,), kind="int32")),
]


def cases():
    yield from products()
    for operator, build in BUILDS:
        for types in ALL:
            for side in SIDES[types][2:5]:
                if operator == "ABS" and types != "uint8":
                    continue
                yield one(operator, types, side, build)
    for types in ("int8", "uint8"):
        for side in SIDES[types]:
            case = one("SOFTMAX", types, side, softmax16)
            case.types = f"{types}>int16"
            yield case
    for types, other in (("int32", "int8"), ("int32", "int16"), ("int16", "int32"), ("int32", "uint8"), ("int8", "int32")):
        for y in SIDES.get(other, [(0.0001, 0), (0.00002, 0)]):
            x = (0.00003, 0) if types == "int32" else SIDES[types][3]
            case = Case("QUANTIZE", f"{types}>{other}", f"{x} {y}")
            limit = 200000 if types == "int32" else None
            yield case.op([case.input((1, 1200), types, x, low=limit and -limit, high=limit)], [((1, 1200), other, y)])
    for types in ALL:
        for x in SIDES[types][:3]:
            for y in ("float32", "int32", "int8", "uint8", "int16"):
                case = Case("CAST", f"{types}>{y}", f"{x}")
                yield case.op([case.input((1, 500), types, x)], [((1, 500), y, None)], options("CastOptions"))
