"""Operators that move integers or compare them."""
import numpy as np

from elementwise import hash_of
from integer_case import ALL, SIDES, Case, options

SHAPE = (2, 6, 4, 3)


def one(operator, types, side, shapes, outs, option=None, before=(), after=(), version=1, name=""):
    name = f"{side} {name}"
    case = Case(operator, types, name, seed=hash_of(f"{operator}{types}{name}"))
    numbers = [[case.graph.const(np.array(more, np.int32)) for more in lists] for lists in (before, after)]
    inputs = [case.input(shape, side=side) for shape in shapes]
    return case.op([*numbers[0], *inputs, *numbers[1]], [(out, kind or types, None if kind else side) for out, kind in outs], option, version)


def moves(types, side):
    make = lambda operator, shapes, outs, **more: one(operator, types, side, shapes, [(out, None) for out in outs], **more)
    pads = [[0, 0], [1, 2], [2, 1], [1, 0]]
    padded = tuple(n + sum(p) for n, p in zip(SHAPE, pads))
    yield make("CONCATENATION", [SHAPE, (2, 6, 4, 1), (2, 6, 4, 4)], [(2, 6, 4, 8)], option=options("ConcatenationOptions", axis=3))
    yield make("CONCATENATION", [SHAPE, SHAPE], [(2, 12, 4, 3)], option=options("ConcatenationOptions", axis=1), name="rows")
    yield make("PACK", [(5, 7), (5, 7), (5, 7)], [(5, 3, 7)], option=options("PackOptions", axis=1, valuesCount=3))
    yield make("UNPACK", [(5, 3, 7)], [(5, 7)] * 3, option=options("UnpackOptions", num=3, axis=1))
    yield make("PAD", [SHAPE], [padded], after=[pads])
    yield make("MIRROR_PAD", [SHAPE], [(2, 8, 6, 5)], after=[[[0, 0], [1, 1], [2, 0], [1, 1]]], option=options("MirrorPadOptions", mode=0))
    yield make("MIRROR_PAD", [SHAPE], [(2, 8, 6, 5)], after=[[[0, 0], [1, 1], [2, 0], [1, 1]]], option=options("MirrorPadOptions", mode=1), name="1")
    yield make("RESHAPE", [SHAPE], [(12, 12)], after=[[12, 12]], option=options("ReshapeOptions", newShape=[12, 12]))
    yield make("TRANSPOSE", [SHAPE], [(3, 6, 2, 4)], after=[[3, 1, 0, 2]])
    yield make("SLICE", [SHAPE], [(2, 3, 2, 2)], after=[[0, 2, 1, 0], [2, 3, 2, 2]])
    yield make("STRIDED_SLICE", [SHAPE], [(2, 3, 2, 3)], after=[[0, 0, 3, 0], [2, 6, 0, 3], [1, 2, -2, 1]], option=options("StridedSliceOptions"), version=2)
    yield make("SPLIT", [SHAPE], [(2, 3, 4, 3)] * 2, before=[1], option=options("SplitOptions", numSplits=2))
    yield make("SPLIT_V", [SHAPE], [(2, 1, 4, 3), (2, 5, 4, 3)], after=[[1, 5], 1], option=options("SplitVOptions", numSplits=2))
    yield make("GATHER", [SHAPE], [(2, 6, 3, 3)], after=[[3, 0, 1]], option=options("GatherOptions", axis=2))
    yield make("GATHER_ND", [(6, 5, 4)], [(3, 4)], after=[[[1, 2], [5, 4], [0, 0]]])
    yield make("EXPAND_DIMS", [SHAPE], [(2, 1, 6, 4, 3)], after=[1])
    yield make("SQUEEZE", [(1, 9, 1, 11)], [(9, 11)], option=options("SqueezeOptions", squeezeDims=[0, 2]))
    yield make("TILE", [SHAPE], [(2, 12, 4, 9)], after=[[1, 2, 1, 3]])
    yield make("BROADCAST_TO", [(1, 6, 1, 3)], [SHAPE], after=[list(SHAPE)], version=2)
    yield make("SPACE_TO_DEPTH", [SHAPE], [(2, 3, 2, 12)], option=options("SpaceToDepthOptions", blockSize=2))
    yield make("DEPTH_TO_SPACE", [(2, 3, 2, 12)], [SHAPE], option=options("DepthToSpaceOptions", blockSize=2))
    yield make("SPACE_TO_BATCH_ND", [SHAPE], [(8, 4, 2, 3)], after=[[2, 2], [[1, 1], [0, 0]]])
    yield make("BATCH_TO_SPACE_ND", [(8, 4, 2, 3)], [SHAPE], after=[[2, 2], [[1, 1], [0, 0]]])
    yield make("REVERSE_V2", [SHAPE], [SHAPE], after=[[1]], version=2)
    yield make("REVERSE_SEQUENCE", [(2, 5, 3)], [(2, 5, 3)], after=[[3, 5]], option=options("ReverseSequenceOptions", seqDim=1, batchDim=0))
    for operator, kind in (("ARG_MAX", "ArgMaxOptions"), ("ARG_MIN", "ArgMinOptions")):
        for axis, out in ((3, (2, 6, 4)), (1, (2, 4, 3))):
            yield one(operator, types, side, [SHAPE], [(out, "int32")], options(kind, outputType=2), after=[axis], name=axis)
    case = one("TOPK_V2", types, side, [(9, 13)], [((9, 4), None), ((9, 4), "int32")], after=[4])
    yield case
    for operator in ("SELECT", "SELECT_V2"):
        case = Case(operator, types, f"{side}", seed=hash_of(operator))
        inputs = [case.input(SHAPE, "bool"), case.input(SHAPE, side=side), case.input(SHAPE, side=side)]
        yield case.op(inputs, [(SHAPE, types, side)])
    for number in (0, 5, 100):
        case = Case("PADV2", types, f"{side} {number}")
        inputs = [case.input(SHAPE, side=side), case.const(np.array(pads, np.int32)), case.const(case.random((1,), types), side=side)]
        yield case.op(inputs, [(padded, types, side)])


def cases():
    for types in ALL:
        for number, side in enumerate(SIDES[types]):
            # Pads alone look at the zero point.
            yield from (case for case in moves(types, side) if number < 2 or "PAD" in case.operator)
    for types in ("uint8",):
        for number, y in enumerate(SIDES[types]):
            for rotate in range(2):
                # Different scales: uint8 alone is rescaled, int8 refused, int16 taken as it is.
                sides = [SIDES[types][(number + at + rotate) % 6] for at in range(3)]
                name = f"{sides} {y}"
                case = Case("CONCATENATION", types, name, seed=hash_of(name))
                inputs = [case.input((1, 5, 7, depth), side=side) for depth, side in zip((9, 1, 8), sides)]
                yield case.op(inputs, [((1, 5, 7, 18), types, y)], options("ConcatenationOptions", axis=3), version=3)
