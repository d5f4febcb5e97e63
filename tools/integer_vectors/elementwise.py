"""Operators of one activation, element by element."""
from integer_case import ALL, BYTES, SIDES, Case, options, pairs

SIZES = [1, 3, 7, 8, 9, 15, 16, 17, 23, 31, 33, 40]


def unary(operator, types, x, y, low=None, high=None, option=None, version=1, size=None):
    name = f"{x} {y}" if size is None else f"{x} {y} {size}"
    case = Case(operator, types, name, seed=hash_of(name))
    size = size or (300 if types in BYTES else 420)
    # All 256 integers of a byte in order; of 16 bits some.
    given = case.input((1, size), side=x, low=low, high=high, seed=0 if types in BYTES else None)
    return case.op([given], [((1, size), types, y)], option, version)


def hash_of(text):
    number = 7
    for letter in text:
        number = (number * 31 + ord(letter)) % 99991
    return number


LEAKY = [options("LeakyReluOptions", alpha=alpha) for alpha in (0.3, 0.0, 1.5, -0.25, 0.01)]
# Operator, types, options; None for all sides.
FREE = [
    ("ABS", ("int8", "int16"), [None]), ("ELU", ("int8",), [None]), ("EXP", ("int8", "int16"), [None]),
    ("GELU", ALL, [options("GeluOptions", approximate=False), options("GeluOptions", approximate=True)]),
    ("HARD_SWISH", BYTES, [None]), ("LEAKY_RELU", ALL, LEAKY), ("RELU", ALL, [None]), ("RELU6", ALL, [None]),
    ("RELU_0_TO_1", BYTES, [None]), ("RELU_N1_TO_1", BYTES, [None]), ("TANH", BYTES, [None]), ("LOGISTIC", BYTES, [None]),
    ("LOG", ("int8", "int16"), [None]), ("QUANTIZE", ALL, [None]), ("NEG", ("int8", "int16"), [None]),
]
FIXED = {("LOGISTIC", "int8"): (1 / 256, -128), ("LOGISTIC", "uint8"): (1 / 256, 0), ("TANH", "int8"): (1 / 128, 0),
         ("TANH", "uint8"): (1 / 128, 128)}


def cases():
    for operator, all_types, all_options in FREE:
        for types in all_types:
            for number, option in enumerate(all_options):
                for x, y in pairs(types) if number == 0 else pairs(types)[::4]:
                    if operator == "NEG" and x != y:
                        continue
                    made = unary(operator, types, x, y, option=option)
                    made.name += f" option {number}"
                    yield made
            for size in SIZES:
                x, y = SIDES[types][3], SIDES[types][5 if operator != "NEG" else 3]
                yield unary(operator, types, x, y, option=all_options[0], size=size)
                yield unary(operator, types, SIDES[types][2], SIDES[types][2], option=all_options[0], size=size)
    # What is shifted to the right by 16 bits and more.
    for types in BYTES:
        for scale, out in ((7.6e-5, 0.126), (7.6e-5, 2.0), (1e-4, 0.5), (3e-4, 9.0)):
            for zero in (-20, 0, 31):
                zero += 128 if types == "uint8" else 0
                yield unary("HARD_SWISH", types, (scale, zero), (out, zero - 3))
    for (operator, types), y in FIXED.items():
        for scale in (0.0039, 0.0125, 0.0235, 0.03125, 0.05, 0.0627, 0.1, 0.25):
            for x in SIDES[types]:
                yield unary(operator, types, (scale, x[1]), y)
    for operator in ("LOGISTIC", "TANH"):
        for scale in (2.0**-12, 2.0**-11, 2.0**-10, 0.0001, 0.000235, 0.0005, 0.00111, 0.004, 0.03):
            yield unary(operator, "int16", (scale, 0), (2.0**-15, 0), size=1200)
    for operator in ("RSQRT", "SQRT"):
        for x, y in [(x, y) for x in SIDES["int8"] for y in SIDES["int8"]]:
            yield unary(operator, "int8", x, y, low=x[1])
        for x, y in pairs("int16"):
            # Of 0 there is no reciprocal root.
            yield unary(operator, "int16", x, y, low=1)
    kinds = [(a, b) for a in ALL for b in ALL if a != b and (a, b) != ("int16", "uint8")]
    for types, other in kinds:
        for x in SIDES[types]:
            for y in SIDES[other][::2]:
                case = Case("QUANTIZE", f"{types}>{other}", f"{x} {y}", seed=hash_of(f"{x}{y}"))
                yield case.op([case.input((1, 297), types, x)], [((1, 297), other, y)])
    for x, y in [(("int8", (0.25, -128)), ("uint8", (0.25, 0))), (("uint8", (0.25, 128)), ("int8", (0.25, 0)))]:
        case = Case("QUANTIZE", f"{x[0]}>{y[0]}", "128 apart")
        yield case.op([case.input((1, 300), x[0], x[1], seed=0)], [((1, 300), y[0], y[1])])
    for types in ALL:
        for y in SIDES[types]:
            for size in (1, 5, 8, 13, 40, 530):
                for step in (y[0] / 2, y[0] / 3.1, y[0] * 0.77):
                    case = Case("QUANTIZE", f"float32>{types}", f"{y} {size} {step}", seed=hash_of(f"{y}{size}"))
                    most = 600 if types in BYTES else 70000
                    yield case.op([case.input((1, size), "float32", low=-most, high=most, step=step)], [((1, size), types, y)])
            for size in (*SIZES, 300):
                case = Case("DEQUANTIZE", f"{types}>float32", f"{y} {size}")
                given = case.input((1, size), side=y, types=types, seed=0 if types in BYTES and size == 300 else None)
                yield case.op([given], [((1, size), "float32", None)], version=5)
