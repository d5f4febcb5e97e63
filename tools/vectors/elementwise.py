"""Variants of the operators that work element by element."""
import numpy as np

F, I, L, B = "FLOAT32", "INT32", "INT64", "BOOL"
SPECIAL = np.array([np.nan, np.inf, -np.inf, -0.0, 0.0, 7.5, -7.5, 1e-30, -1e-30], np.float32)
HALVES = np.array([0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49999997, 1e10, -8388609.0, 3.3, -3.7], np.float32)


def unary(case):
    for kind in ("ReLUN1To1", "ELU", "HardSwish", "Exp", "Square", "Sin", "Cos", "Floor", "Ceil", "Round", "Neg"):
        yield case(kind, [((2, 3, 1), F)], [((2, 3, 1), F)])
        yield case(kind, [((1,), F)], [((1,), F)])
        yield case(kind, [((9,), F)], [((9,), F)], values=[SPECIAL])
    for kind in ("Floor", "Ceil", "Round", "HardSwish"):
        yield case(kind, [((11,), F)], [((11,), F)], values=[HALVES])
    for kind in ("Log", "Sqrt", "Rsqrt"):
        positive = np.array([[0.25, 1.0, 2.0], [1e-3, 1e4, 3.5]], np.float32)
        yield case(kind, [((2, 3), F)], [((2, 3), F)], values=[positive])
        edges = np.array([np.nan, np.inf, 0.0, -1.0], np.float32)
        yield case(kind, [((4,), F)], [((4,), F)], values=[edges])
        yield case(kind, [((1, 1), F)], [((1, 1), F)], values=[np.array([[9.0]], np.float32)])
    for kind, types in (("Neg", (I, L)), ("Abs", (I,))):
        for dtype in types:
            numbers = np.array([-5, 0, 7, 2147483647, -1])
            yield case(kind, [((5,), dtype)], [((5,), dtype)], values=[numbers.astype(np.int32 if dtype == I else np.int64)])
    wide = np.array([-10, -6, -4.5, -2, -1, -0.1, 0, 1e-4, 0.1, 1, 2, 3, 4.5, 6, 10], np.float32)
    for approximate in ("false", "true"):
        options = f"gelu_options {{ approximate: {approximate} }}"
        yield case("Gelu", [((2, 3), F)], [((2, 3), F)], options)
        yield case("Gelu", [((15,), F)], [((15,), F)], options, values=[wide])
        yield case("Gelu", [((9,), F)], [((9,), F)], options, values=[SPECIAL])
        # The range of single elements, where a share of the largest would hide the tail.
        for x in (-3.0, -0.5, 1e-3):
            yield case("Gelu", [((1,), F)], [((1,), F)], options, values=[np.array([x], np.float32)])
    for shape in ((2, 5), (1, 1), (7,), (2, 1, 3, 4)):
        yield case("LogSoftmax", [(shape, F)], [(shape, F)])
    far = np.array([[100, -100, 0], [1e4, 1e4, -1e4]], np.float32)
    yield case("LogSoftmax", [((2, 3), F)], [((2, 3), F)], values=[far])
    for dtype in (F, I, L):
        yield case("ZerosLike", [((2, 3), dtype)], [((2, 3), dtype)])
    yield case("ZerosLike", [((9,), F)], [((9,), F)], values=[SPECIAL])


def signs(case):
    """Of floats and integers; and the angle of two numbers, which have signs of zeros."""
    for kind in ("Sign", "ReLU0To1"):
        for shape in ((2, 3, 1), (1,), (1, 2, 3, 4), (), (0, 3)):
            yield case(kind, [(shape, F)], [(shape, F)])
        yield case(kind, [((9,), F)], [((9,), F)], values=[SPECIAL])
    yield case("ReLU0To1", [((7,), F)], [((7,), F)], values=[np.array([0.5, 1, np.nextafter(1, 2), 0.99999994, 2, -1, 1e-40], np.float32)])
    yield case("Sign", [((6,), I)], [((6,), I)], values=[np.array([-5, 0, 7, 2147483647, -2147483648, -1], np.int32)])
    for shape in ((2, 3), (1,), (1, 2, 3, 4), (), (0,)):
        yield case("Atan2", [(shape, F)] * 2, [(shape, F)])
    y, x = (a.ravel().copy() for a in np.meshgrid(SPECIAL, SPECIAL))
    yield case("Atan2", [(y.shape, F)] * 2, [(y.shape, F)], values=[y, x])
    # Angles near 0, where a share of the largest would hide an error.
    for y in (1e-3, -1e-7, 1e-38):
        yield case("Atan2", [((1,), F)] * 2, [((1,), F)], values=[np.array([y], np.float32), np.array([3], np.float32)])


def bits(case):
    """Numbers at the ends of each type; shifts by less than nothing and by more than there is."""
    for kind in ("BitwiseXor", "RightShift"):
        for dtype in (I, "INT16", "INT8", "UINT8"):
            ends = np.iinfo(dtype.lower())
            a = np.array([ends.min, ends.max, ends.min, 3, 37, ends.min, 101, ends.max, 1], dtype.lower())
            b = np.array([1, 3, 5, 2, ends.max, ends.min, 100, 31, 7], dtype.lower())
            yield case(kind, [((9,), dtype)] * 2, [((9,), dtype)], values=[a, b])
            if ends.min:
                negative = np.array([-1, -2, -3, -100, 100, 5, 0, -7, -128], dtype.lower())
                yield case(kind, [((9,), dtype)] * 2, [((9,), dtype)], values=[negative, b])
                yield case(kind, [((9,), dtype)] * 2, [((9,), dtype)], values=[b, negative])
            for a, b, c in (((2, 1, 3), (4, 1), (2, 4, 3)), ((2, 3), (), (2, 3)), ((1,), (5,), (5,)), ((), (), ()),
                            ((2, 2, 1, 2, 2), (1, 3, 1, 1), (2, 2, 3, 2, 2)), ((0, 3), (0, 3), (0, 3))):
                yield case(kind, [(a, dtype), (b, dtype)], [(c, dtype)])


def steps(case):
    """Elements in steps, and between boundaries."""
    x = np.array([-1, 0, 0.1, 0.25, 0.5, 0.7, 1, 2, np.inf, -np.inf, np.nan, 0.001953, -0.0, -0.498, 1e-30], np.float32)
    for low, high, count in ((0, 1, 8), (-0.5, 0.5, 8), (0.1, 1, 8), (-1, -0.2, 8), (0, 1, 4), (-1, 1, 16), (0, 1, 1), (0, 1, 2), (-3.3, 5.1, 8), (-1, 3, 3)):
        options = f"fakequant_options {{ min: {float(low)} max: {float(high)} num_bits: {count} }}"
        yield case("FakeQuant", [(x.shape, F)], [(x.shape, F)], options, values=[x])
        yield case("FakeQuant", [((2, 1, 3), F)], [((2, 1, 3), F)], options)
        # Halves of steps.
        halves = (np.arange(-6, 12) * np.float32(0.5) * np.float32((high - low) / (2**count - 1)) + np.float32(low)).astype(np.float32)
        yield case("FakeQuant", [(halves.shape, F)], [(halves.shape, F)], options, values=[halves])
    for boundaries in ((0.0, 10.0, 100.0), (-2.0, 0.5, 0.5, 2.0), (1.0,), (), (-3.5, 0.0, 0.25, 7.5)):
        options = "bucketize_options { " + " ".join(f"boundaries: {x}" for x in boundaries) + " }"
        for dtype, kind in ((F, np.float32), (I, np.int32), (L, np.int64)):
            numbers = np.array([-5, 0, 1, 2, 10, 100, 11, -2], kind)
            yield case("Bucketize", [((8,), dtype)], [((8,), I)], options, values=[numbers])
            yield case("Bucketize", [((2, 0, 3), dtype)], [((2, 0, 3), I)], options)
        yield case("Bucketize", [((9,), F)], [((9,), I)], options, values=[SPECIAL])
        yield case("Bucketize", [((), F)], [((), I)], options)
    wide = np.array([16777217, 16777216, 16777215])
    for dtype, kind in ((I, np.int32), (L, np.int64)):
        yield case("Bucketize", [((3,), dtype)], [((3,), I)], "bucketize_options { boundaries: 16777216 }", values=[wide.astype(kind)])


def many(case):
    for count in (2, 3, 5):
        for shape in ((2, 3), (1,), (2, 1, 2, 3)):
            yield case("AddN", [(shape, F)] * count, [(shape, F)])
    yield case("AddN", [((2, 3), I)] * 3, [((2, 3), I)])
    huge = [np.array([2147483647, -2147483648, 1], np.int32), np.array([1, -1, -5], np.int32)]
    yield case("AddN", [((3,), I)] * 2, [((3,), I)], values=huge)
    wide = [np.array([1e8, np.inf, np.nan], np.float32), np.array([1.0, -np.inf, 1], np.float32), np.array([-1e8, 1, 1], np.float32)]
    yield case("AddN", [((3,), F)] * 3, [((3,), F)], values=wide)


def binary(case):
    def shapes(kind, dtype, out=None, options="", make=None):
        for a, b, c in (((2, 3), (2, 3), (2, 3)), ((2, 1, 3), (4, 1), (2, 4, 3)), ((1,), (5,), (5,)), ((2, 3), (), (2, 3)),
                        ((1, 2, 2, 3), (3,), (1, 2, 2, 3))):
            values = None if make is None else make(np.random.default_rng(len(a) + len(b)), a, b)
            yield case(kind, [(a, dtype), (b, dtype)], [(c, out or dtype)], options, values=values)

    def signed(dtype, zero=True):
        def make(random, a, b):
            right = random.integers(-9, 10, b)
            return [random.integers(-20, 20, a).astype(dtype), (right if zero else np.where(right == 0, 3, right)).astype(dtype)]
        return make

    def floats(low, high):
        def make(random, a, b):
            one = np.round(random.uniform(0.1, 3, a), 3).astype(np.float32)
            return [one, np.round(random.uniform(low, high, b), 3).astype(np.float32)]
        return make

    numpy = {I: np.int32, L: np.int64}
    for kind in ("Add", "Sub", "Mul"):
        for dtype in (I, L):
            yield from shapes(kind, dtype, options=f"{kind.lower()}_options {{ activation: NONE }}", make=signed(numpy[dtype]))
        for activation in ("RELU", "RELU6", "RELU_N1_TO_1"):
            options = f"{kind.lower()}_options {{ activation: {activation} }}"
            yield case(kind, [((3, 5), I)] * 2, [((3, 5), I)], options, values=signed(np.int32)(np.random.default_rng(1), (3, 5), (3, 5)))
    yield from shapes("Div", I, options="div_options { activation: NONE }", make=signed(np.int32, zero=False))
    yield from shapes("Div", I, options="div_options { activation: RELU6 }", make=signed(np.int32, zero=False))
    for kind in ("Maximum", "Minimum"):
        for dtype in (I, L):
            yield from shapes(kind, dtype, make=signed(numpy[dtype]))
        yield case(kind, [((9,), F)] * 2, [((9,), F)], values=[SPECIAL, SPECIAL[::-1].copy()])
    yield from shapes("Pow", F, make=floats(-3, 3))
    yield from shapes("Pow", I, make=lambda random, a, b: [random.integers(-5, 6, a).astype(np.int32), random.integers(0, 6, b).astype(np.int32)])
    bases = np.array([-2, 0, np.inf, -0.5, 0, np.nan, 1], np.float32)
    yield case("Pow", [((7,), F)] * 2, [((7,), F)], values=[bases, np.array([3, 0, -1, 2, -2, 0, np.nan], np.float32)])
    for dtype in (F, I):
        yield from shapes("SquaredDifference", dtype, make=signed(np.int32) if dtype == I else None)
    yield from shapes("FloorDiv", F, make=floats(-3, -0.1))
    yield from shapes("FloorDiv", I, make=signed(np.int32, zero=False))
    yield from shapes("FloorMod", F, make=floats(-3, -0.1))
    yield case("FloorMod", [((4,), F)] * 2, [((4,), F)], values=[np.array([-7.5, 7.5, -6, 6], np.float32), np.array([2, -2, 3, -3], np.float32)])
    edges = [np.array([1, 0, np.inf, 5, -5, 5], np.float32), np.array([0, 1, 2, np.inf, np.inf, -np.inf], np.float32)]
    yield case("FloorMod", [((6,), F)] * 2, [((6,), F)], values=edges)
    for dtype in (I, L):
        yield from shapes("FloorMod", dtype, make=signed(numpy[dtype], zero=False))
    few = {F: lambda random, a, b: [random.integers(-1, 2, s).astype(np.float32) for s in (a, b)],
           I: lambda random, a, b: [random.integers(-1, 2, s).astype(np.int32) for s in (a, b)],
           L: lambda random, a, b: [random.integers(-1, 2, s).astype(np.int64) for s in (a, b)]}
    for kind in ("Equal", "NotEqual", "Greater", "GreaterEqual", "Less", "LessEqual"):
        for dtype in (F, I, L):
            yield from shapes(kind, dtype, out=B, make=few[dtype])
        yield case(kind, [((9,), F)] * 2, [((9,), B)], values=[SPECIAL, SPECIAL])
        yield case(kind, [((9,), F)] * 2, [((9,), B)], values=[SPECIAL, SPECIAL[::-1].copy()])
    for kind in ("Equal", "NotEqual"):
        yield from shapes(kind, B)
    for kind in ("LogicalAnd", "LogicalOr"):
        yield from shapes(kind, B)
    for shape in ((2, 3), (1,), (1, 5, 1)):
        yield case("LogicalNot", [(shape, B)], [(shape, B)])


def select(case):
    for dtype in (F, I, L, "INT8", "UINT8", "INT16", B):
        yield case("Select", [((2, 3), B), ((2, 3), dtype), ((2, 3), dtype)], [((2, 3), dtype)])
        yield case("SelectV2", [((2, 3), B), ((2, 3), dtype), ((2, 3), dtype)], [((2, 3), dtype)])
    yield case("Select", [((4,), B), ((4, 3, 2), F), ((4, 3, 2), F)], [((4, 3, 2), F)])
    yield case("Select", [((), B), ((2, 3), F), ((2, 3), F)], [((2, 3), F)])
    yield case("Select", [((1,), B), ((1,), F), ((1,), F)], [((1,), F)])
    for a, b, c, d in (((3,), (2, 3), (2, 3), (2, 3)), ((2, 1), (1, 3), (2, 3), (2, 3)), ((), (2, 3), (), (2, 3)),
                       ((2, 1, 1), (3, 1), (5,), (2, 3, 5)), ((1,), (1,), (1,), (1,)),
                       # Operands of one element, on each side and on several.
                       ((2, 3), (2, 3), (), (2, 3)), ((2, 3), (), (2, 3), (2, 3)), ((2, 3), (), (), (2, 3)),
                       ((), (), (2, 3), (2, 3)), ((), (2, 3), (2, 3), (2, 3)), ((2, 3), (1,), (1, 1), (2, 3)),
                       ((1,), (2, 3), (1,), (2, 3)), ((), (), (4,), (4,)), ((2, 2, 1, 3), (), (2, 1), (2, 2, 2, 3)),
                       ((4, 1), (), (3,), (4, 3)), ((), (2, 1), (1, 3), (2, 3))):
        for dtype in (F, I):
            yield case("SelectV2", [(a, B), (b, dtype), (c, dtype)], [(d, dtype)])
    yield case("SelectV2", [((2, 3), B), ((2, 3), F), np.array(0, np.float32)], [((2, 3), F)])
    yield case("SelectV2", [((2, 3), B), np.array([[-1]], np.float32), np.array(2, np.float32)], [((2, 3), F)])
    yield case("Select", [((), B), ((4,), F), ((4,), F)], [((4,), F)])
    yield case("Select", [((), B), ((), F), ((), F)], [((), F)])
    # Single elements of several ranks: the runtime keeps the output's shape as the file has it.
    for kind in ("Select", "SelectV2"):
        for a, b, c, d in (((1,), (), (), ()), ((), (1,), (), ()), ((), (1, 1), (1,), (1,)), ((1,), (), (1,), (1, 1))):
            yield case(kind, [(a, B), (b, F), (c, F)], [(d, F)])


def cast(case):
    types = {F: np.float32, I: np.int32, L: np.int64, "UINT8": np.uint8, "INT8": np.int8, "INT16": np.int16, B: np.bool_}
    for source, kind in types.items():
        for wanted in types:
            if source == wanted and source != F:
                continue
            options = f"cast_options {{ in_data_type: {source} out_data_type: {wanted} }}"
            if source == F:
                numbers = np.array([0, 1, 1.9, 100.5, -0.0, 0.1] + ([] if wanted == "UINT8" else [-1.9, -100.5, -0.1]), kind)
            elif source in ("UINT8", B):
                numbers = np.array([0, 1, 127] + ([] if source == B else [128, 255])).astype(kind)
            else:
                wide = [] if source == "INT8" else [200, 300, -300, 32767, -32768] + ([] if source == "INT16" else [70000, -70000])
                numbers = np.array([0, 1, -1, 127, -128] + wide).astype(kind)
            yield case("Cast", [(numbers.shape, source)], [(numbers.shape, wanted)], options, values=[numbers])
    beyond = np.array([3e9, -3e9, 40000, -40000, 300, -5, np.inf, -np.inf, np.nan], np.float32)
    for wanted in (I, L, "INT16", "INT8", "UINT8", B):
        options = f"cast_options {{ in_data_type: FLOAT32 out_data_type: {wanted} }}"
        yield case("Cast", [((9,), F)], [((9,), wanted)], options, values=[beyond])


def quantized(case):
    one = {"INT8": "scale: 0.05 zero_point: -3", "UINT8": "scale: 0.013 zero_point: 130", "INT16": "scale: 0.0007 zero_point: 0"}
    numpy = {"INT8": np.int8, "UINT8": np.uint8, "INT16": np.int16}
    for dtype, steps in one.items():
        info = np.iinfo(numpy[dtype])
        ends = np.array([info.min, info.max, 0, 1, 5, 77], numpy[dtype])
        yield case("Dequantize", [((6,), dtype, steps)], [((6,), F)], values=[ends])
        yield case("Dequantize", [((2, 3, 1), dtype, steps)], [((2, 3, 1), F)])
        yield case("Quantize", [((2, 3), F)], [((2, 3), dtype, steps)])
        yield case("Quantize", [((9,), F)], [((9,), dtype, steps)], values=[np.array([100, -100, 0, -0.0, 0.02, -0.03, 0.08, 0.007, 0.4], np.float32)])
        # Halves only in short lists: the runtime's kernel rounds runs of eight elements to the even integer, and
        # what is left over, as its reference kernel does all, away from zero.
        yield case("Quantize", [((4,), F)], [((4,), dtype, "scale: 0.5 zero_point: 0")], values=[np.array([0.25, 0.75, -0.25, 1.25], np.float32)])
    for axis, shape in ((0, (3, 2)), (1, (2, 3)), (1, (2, 3, 2)), (3, (1, 2, 2, 3))):
        steps = f"scale: 0.5 scale: 0.1 scale: 0.013 zero_point: 0 zero_point: 0 zero_point: 0 quantized_dimension: {axis}"
        count = int(np.prod(shape))
        values = [np.linspace(-128, 127, count).astype(np.int8).reshape(shape)]
        yield case("Dequantize", [(shape, "INT8", steps)], [(shape, F)], values=values)
        yield case("Quantize", [(shape, F)], [(shape, "INT8", steps)])


def variants(case):
    for family in (unary, signs, bits, steps, many, binary, select, cast, quantized):
        yield from family(case)
