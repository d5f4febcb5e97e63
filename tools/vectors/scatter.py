"""Variants of the operators that put a few values among many, and diagonals into matrices."""
import numpy as np

F, I, L, S, B, U, O = "FLOAT32", "INT32", "INT64", "INT16", "INT8", "UINT8", "BOOL"


def ints(*values):
    return np.array(values, np.int32)


def scatters(case):
    for kind in (F, I, L, B, U, O):
        # Two updates of one place, beyond the range of a byte.
        numbers = np.array([9, 10, 11, 12, 120]).astype(np.bool_ if kind == O else kind.lower())
        yield case("ScatterNd", [ints([4], [3], [1], [7], [4]), ((5,), kind), ints(8)], [((8,), kind)], values=[numbers])
        yield case("ScatterNd", [ints([0, 2], [1, 1], [0, 2]), ((3, 2), kind), ints(2, 3, 2)], [((2, 3, 2), kind)])
    for indices, shape in (
        (ints([[0, 1], [1, 0]]), (2, 2, 2)), (ints([[[2], [0]], [[2], [1]]]), (3, 2)), (ints([1]), (3, 2)), (ints(1, 2), (3, 4, 2)),
        (ints([2, 3, 1, 0]), (3, 4, 2, 1)), (ints([0]), (1,)), (ints([1], [1], [1], [1]), (2, 3)), (np.zeros((0, 1), np.int32), (3, 2)),
        (np.zeros((2, 0), np.int32), (3, 2)), (np.zeros((0, 1), np.int32), (0, 2)), (np.zeros((0, 2), np.int32), (3, 2)),
    ):
        depth = indices.shape[-1]
        updates = (*indices.shape[:-1], *shape[depth:])
        if updates:
            yield case("ScatterNd", [indices, (updates, F), np.array(shape, np.int32)], [(shape, F)])
    # Sums in the order of the updates; what is no number stays so; indices and shape that are no constants.
    wide = np.array([1e8, 1, -1e8, np.nan, np.inf, -0.0], np.float32)
    yield case("ScatterNd", [ints([1], [1], [1], [0], [2], [3]), ((6,), F), ints(5)], [((5,), F)], values=[wide])
    yield case("ScatterNd", [((3, 1), I), ((3, 2), F), ints(4, 2)], [((4, 2), F)],
               values=[ints([3], [0], [3]), np.arange(6, dtype=np.float32)])


def diagonals(case):
    for kind in (F, I, L, S, B, U):
        yield case("MatrixDiag", [((2, 3), kind)], [((2, 3, 3), kind)])
        yield case("MatrixSetDiag", [((2, 2, 3), kind), ((2, 2), kind)], [((2, 2, 3), kind)])
    for shape in ((1,), (5,), (2, 1), (3, 1, 2), (2, 1, 2, 3), (0,), (2, 0), (0, 3)):
        yield case("MatrixDiag", [(shape, F)], [((*shape, shape[-1]), F)])
    for shape in ((3, 2), (2, 3), (3, 3), (1, 1), (1, 4), (4, 1), (2, 3, 2, 5), (0, 2, 2), (2, 0, 3), (2, 3, 0)):
        diagonal = (*shape[:-2], min(shape[-2:]))
        yield case("MatrixSetDiag", [(shape, F), (diagonal, F)], [(shape, F)])
    odd = np.array([np.nan, np.inf, -0.0, -np.inf], np.float32)
    yield case("MatrixDiag", [((4,), F)], [((4, 4), F)], values=[odd])
    yield case("MatrixSetDiag", [((4, 4), F), ((4,), F)], [((4, 4), F)], values=[np.full((4, 4), np.nan, np.float32), odd])


def denses(case):
    for kind in (F, I, L, B, U):
        default = np.array(1, kind.lower())
        yield case("SparseToDense", [ints([0, 1], [2, 3]), ints(3, 4), ((2,), kind), default], [((3, 4), kind)])
    default = np.array(1.5, np.float32)
    one = np.array(2, np.int32)
    for indices, shape, values in (
        (ints(0, 2, 3), (5,), (3,)), (ints(0, 2, 3), (5,), ()), (one, (5,), ()), (one, (5,), (1,)), (ints([0], [2]), (5,), (2,)),
        (ints([0, 1, 1], [1, 0, 0]), (2, 2, 2), (2,)), (ints([0, 1, 1, 0], [1, 0, 0, 1]), (2, 2, 2, 2), ()), (np.zeros((0, 2), np.int32), (2, 2), (0,)),
        (ints(3, 0), (5,), (2,)), (ints(3, 3, 1), (5,), (3,)), (ints([1, 1], [0, 1], [1, 1]), (2, 2), (3,)),
    ):
        for check in ("false", "true"):
            yield case("SparseToDense", [indices, np.array(shape, np.int32), (values, F), default], [(shape, F)],
                       f"sparse_to_dense_options {{ validate_indices: {check} }}")
    yield case("SparseToDense", [np.array([[0, 1], [2, 3]], np.int64), np.array([3, 4], np.int64), ((2,), F), ((), F)], [((3, 4), F)])
    yield case("SparseToDense", [((2,), I), ints(12), ((2,), F), default], [((12,), F)])


def variants(case):
    yield from scatters(case)
    yield from denses(case)
    yield from diagonals(case)
