"""Operators of two activations, with broadcast."""
from elementwise import hash_of
from integer_case import ALL, BYTES, LIMITS, SIDES, Case, options

SHAPES = [
    ((1, 200), (1, 200)), ((2, 3, 5, 7), (2, 3, 5, 7)), ((1, 9, 21), (1, 1, 21)), ((1, 1, 21), (1, 9, 21)), ((4, 40), (1, 1)),
    ((1, 1), (4, 40)), ((3, 1, 17), (1, 5, 17)), ((2, 1, 4, 5), (1, 3, 1, 5)), ((2, 3, 4, 1), (2, 3, 4, 9)), ((7, 5), (5,)),
]
TAILS = [((1, n), (1, n)) for n in (1, 2, 3, 5, 7, 8, 9, 11, 15, 16, 17, 19, 23, 24, 25, 31, 32, 33, 39, 40)]
TAILS += [((1, n), (1, 1)) for n in (1, 7, 8, 9, 15, 16, 17, 33)]


def union(a, b):
    n = max(len(a), len(b))
    a, b = (1,) * (n - len(a)) + tuple(a), (1,) * (n - len(b)) + tuple(b)
    return tuple(max(p, q) for p, q in zip(a, b))


def triples(types):
    s = SIDES[types]
    return [(s[0], s[1], s[2]), (s[3], s[3], s[5]), (s[2], s[2], s[2]), (s[4], s[2], s[1]), (s[5], s[0], s[3]), (s[1], s[4], s[0]),
            (s[2], s[4], s[4]), (s[3], s[5], s[4])]


def binary(operator, types, sides, shapes, option=None, result=None, near=None):
    a, b, y = sides
    name = f"{a} {b} {y} {shapes} {near}"
    case = Case(operator, types, name, seed=hash_of(name))
    first, last = LIMITS[types]
    inputs = []
    for shape, side in zip(shapes, (a, b)):
        low, high = (max(first, side[1] - near), min(last, side[1] + near)) if near else (None, None)
        inputs.append(case.input(shape, side=side, low=low, high=high))
    return case.op(inputs, [(union(*shapes), result or types, None if result else y)], option)


def every(operator, types, all_sides, option, **more):
    for number, sides in enumerate(all_sides):
        # An operator has one form for all scales: two of the shapes for each, all of them once.
        for at, shapes in enumerate(SHAPES):
            if number in (0, 1) or (at + number) % 4 == 0:
                yield binary(operator, types, sides, shapes, option, **more)
    for shapes in TAILS:
        yield binary(operator, types, all_sides[1], shapes, option, **more)


def cases():
    for operator, kind in (("ADD", "AddOptions"), ("SUB", "SubOptions"), ("MUL", "MulOptions")):
        for types in ALL:
            for activation in (0, 1, 2, 3):
                extra = {"potScaleInt16": False} if operator != "MUL" else {}
                option = options(kind, fusedActivationFunction=activation, **extra)
                made = every(operator, types, triples(types), option)
                for case in made if activation == 0 else list(made)[::4]:
                    case.name += f" activation {activation}"
                    yield case
    power = [((2.0**-a, 0), (2.0**-b, 0), (2.0**-c, 0)) for a, b, c in ((11, 11, 11), (11, 12, 11), (13, 11, 11), (12, 9, 9))]
    for operator, kind in (("ADD", "AddOptions"), ("SUB", "SubOptions")):
        for sides in power:
            for shapes in SHAPES + TAILS[::3]:
                # The process ends where ADD would have to broadcast.
                if operator == "ADD" and shapes[0] != shapes[1]:
                    continue
                yield binary(operator, "int16", sides, shapes, options(kind, potScaleInt16=True))
    for types in ALL:
        for sides in triples(types):
            for shapes in SHAPES[::2] + TAILS[::5]:
                a, b, y = sides
                name = f"{sides} {shapes}"
                case = Case("DIV", types, name, seed=hash_of(name))
                # What a quotient by 0 is, nobody says.
                low, high = (b[1] + 1, None) if b[1] < 100 or types == "int16" else (None, b[1] - 1)
                inputs = [case.input(shapes[0], side=a), case.input(shapes[1], side=b, low=low, high=high)]
                yield case.op(inputs, [(union(*shapes), types, y)], options("DivOptions"))
    small = {types: [(s[0] if s[0] < 1 else 0.5, s[1]) for s in SIDES[types]] for types in ALL}
    for operator in ("EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL"):
        for types in ALL:
            s = small[types]
            for a, b in ((s[2], s[2]), (s[0], s[3]), (s[4], s[2]), (s[5], s[0])):
                for shapes in SHAPES:
                    yield binary(operator, types, (a, b, None), shapes, result="bool")
                    # Few integers, so that many are equal.
                    yield binary(operator, types, (a, b, None), shapes, result="bool", near=9)
    yield from every("SQUARED_DIFFERENCE", "int8", triples("int8") * 2, None)
    for types in BYTES:
        for sides in triples(types):
            for shapes in [((1, 5, 4, 6), (1, 1, 6)), ((1, 5, 40, 5), (1, 1, 5)), ((1, 2, 2, 3), (2, 2, 3)), ((1, 11, 17), (1, 17))]:
                yield binary("PRELU", types, sides, shapes)
    for operator in ("MAXIMUM", "MINIMUM"):
        for types in ALL:
            for side in SIDES[types]:
                for shapes in SHAPES:
                    yield binary(operator, types, (side, side, side), shapes, options("MaximumMinimumOptions"))
    # A tensor times itself, at scales whose quotient is a square by 255: products are next to halves.
    for types in BYTES:
        for number in range(40):
            scale, width = 0.01 * 1.17 ** number, 20 + 37 * number % 236
            zero = (number * 53) % 256 - (128 if types == "int8" else 0)
            case = Case("MUL", types, f"square {number}")
            given = case.input((1, 300), side=(scale, zero), types=types, seed=0)
            out = (scale * width) ** 2 / 255 * (1 + number % 2)
            low = -128 if types == "int8" else 0
            yield case.op([given, given], [((1, 300), types, (out, low))], options("MulOptions"))
