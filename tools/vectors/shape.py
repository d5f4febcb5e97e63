"""Variants of the operators that move elements, or that work on shapes and indices."""
import numpy as np

F, I, L, S, B, U, O = "FLOAT32", "INT32", "INT64", "INT16", "INT8", "UINT8", "BOOL"


def ints(*values):
    return np.array(values, np.int32)


def one(value, kind=np.int32):
    return np.array(value, kind)


def variants(case):
    yield from views(case)
    yield from joins(case)
    yield from slices(case)
    yield from frames(case)
    yield from gathers(case)
    yield from repeats(case)
    yield from orders(case)
    yield from blocks(case)
    yield from makers(case)
    yield from blocks_put(case)
    yield from segments(case)


def views(case):
    for kind in (F, I, L, O, U):
        yield case("Reshape", [((2, 3), kind), ints(3, -1)], [((3, 2), kind)], "reshape_options { new_shape: 3 new_shape: -1 }")
    yield case("Reshape", [((2, 0), F), ints(0, 5)], [((0, 5), F)], "reshape_options { new_shape: 0 new_shape: 5 }")
    for kind in (F, I, L, O):
        yield case("Transpose", [((2, 3, 4), kind), ints(2, 0, 1)], [((4, 2, 3), kind)])
    yield case("Transpose", [((1, 3, 1, 5), F), ints(3, 2, 1, 0)], [((5, 1, 3, 1), F)])
    yield case("Transpose", [((2, 0, 3), F), ints(1, 2, 0)], [((0, 3, 2), F)])
    dims = "squeeze_options { squeeze_dim: 0 squeeze_dim: -1 }"
    yield case("Squeeze", [((1, 2, 1, 3, 1), F)], [((2, 3), F)])
    yield case("Squeeze", [((1, 2, 1, 3, 1), F)], [((2, 1, 3), F)], dims)
    yield case("Squeeze", [((1, 1), I)], [((), I)])
    for axis in (0, 1, 2, -1, -3):
        shape = np.expand_dims(np.zeros((2, 3)), axis).shape
        yield case("ExpandDims", [((2, 3), F), one(axis)], [(shape, F)])
    yield case("ExpandDims", [((2, 3), L), ints(1)], [((2, 1, 3), L)])
    yield case("ExpandDims", [((), F), one(0)], [((1,), F)])
    yield case("Shape", [((2, 3, 5), F)], [((3,), I)])
    yield case("Shape", [((2, 0), I)], [((2,), I)])
    yield case("Shape", [((4, 1), F)], [((2,), L)], "shape_options { out_type: INT64 }")


def joins(case):
    for kind in (F, I, L, O, U, S, B):
        yield case("Concatenation", [((2, 3), kind), ((2, 1), kind)], [((2, 4), kind)], "concatenation_options { axis: -1 }")
    yield case("Concatenation", [((2, 3), F), ((1, 3), F), ((3, 3), F)], [((6, 3), F)], "concatenation_options { axis: 0 }")
    yield case("Concatenation", [((2, 0), F), ((2, 3), F)], [((2, 3), F)], "concatenation_options { axis: 1 }")
    for axis, kind in ((0, F), (1, F), (2, F), (-1, I), (-3, L), (1, U)):
        shape = np.stack([np.zeros((2, 3))] * 3, axis).shape
        yield case("Pack", [((2, 3), kind)] * 3, [(shape, kind)], f"pack_options {{ values_count: 3 axis: {axis} }}")
    yield case("Pack", [((), F)] * 2, [((2,), F)], "pack_options { values_count: 2 }")
    yield case("Pack", [((1, 1), F)], [((1, 1, 1), F)], "pack_options { values_count: 1 axis: 1 }")
    for axis, kind in ((0, F), (1, F), (2, F), (-1, I), (1, U), (0, O)):
        shape = [2, 3, 4]
        parts = shape.pop(axis)
        yield case("Unpack", [((2, 3, 4), kind)], [(shape, kind)] * parts, f"unpack_options {{ num: {parts} axis: {axis} }}")
    yield case("Unpack", [((3,), F)], [((), F)] * 3, "unpack_options { num: 3 }")
    for kind in (F, I, U):
        yield case("Split", [one(1), ((2, 6), kind)], [((2, 2), kind)] * 3, "split_options { num_splits: 3 }")
    yield case("Split", [one(-2), ((4, 1, 3), F)], [((4, 1, 3), F)], "split_options { num_splits: 1 }")
    for kind in (F, I, L):
        outputs = [((2, size), kind) for size in (1, 4, 2)]
        yield case("SplitV", [((2, 7), kind), ints(1, 4, 2), one(1)], outputs, "split_v_options { num_splits: 3 }")
    yield case("SplitV", [((5, 2), F), ints(1, -1), one(-2)], [((1, 2), F), ((4, 2), F)], "split_v_options { num_splits: 2 }")
    yield case("SplitV", [((3, 2), F), ints(3), one(0)], [((3, 2), F)], "split_v_options { num_splits: 1 }")


def slices(case):
    for kind in (F, I, L, O, U):
        yield case("Slice", [((3, 4), kind), ints(1, 0), ints(2, 3)], [((2, 3), kind)])
    yield case("Slice", [((2, 3, 4, 5), F), ints(0, 1, 2, 3), ints(-1, 1, -1, 2)], [((2, 1, 2, 2), F)])
    yield case("Slice", [((4,), F), np.array([1], np.int64), np.array([2], np.int64)], [((2,), F)])
    yield case("Slice", [((4, 2), F), ints(4, 0), ints(0, 2)], [((0, 2), F)])

    def strided(shape, begin, end, strides, kind=F, **masks):
        """The output's shape is what NumPy makes of the same expression."""
        index = []
        bit = lambda name, at: masks.get(name, 0) >> at & 1
        for at, (b, e, s) in enumerate(zip(begin, end, strides)):
            if bit("ellipsis_mask", at):
                index.append(Ellipsis)
            elif bit("new_axis_mask", at):
                index.append(np.newaxis)
            elif bit("shrink_axis_mask", at):
                index.append(b)
            else:
                index.append(slice(None if bit("begin_mask", at) else b, None if bit("end_mask", at) else e, s))
        out = np.zeros(shape)[tuple(index)].shape
        words = " ".join(f"{name}: {value}" for name, value in masks.items())
        return case("StridedSlice", [(shape, kind), ints(*begin), ints(*end), ints(*strides)], [(out, kind)],
                    f"strided_slice_options {{ {words} }}")

    for kind in (F, I, L, O, U):
        yield strided((4, 5), (1, 0), (4, 5), (2, 2), kind)
    yield strided((7,), (-1,), (0,), (-2,))
    yield strided((7,), (6,), (-8,), (-1,))
    yield strided((7,), (-3,), (100,), (1,))
    yield strided((7,), (-100,), (-2,), (3,))
    yield strided((7,), (5,), (2,), (1,))
    yield strided((3, 4), (2, 1), (0, 0), (-1, -1), begin_mask=3, end_mask=3)
    yield strided((3, 4), (2, 1), (3, 3), (1, 1), begin_mask=1, end_mask=2)
    yield strided((3, 4), (1, 0), (2, 4), (1, 1), shrink_axis_mask=1)
    yield strided((3, 4), (-1, -2), (0, 0), (1, 1), shrink_axis_mask=3)
    yield strided((2, 3, 4), (0, 0, 1), (0, 0, 3), (1, 1, 1), ellipsis_mask=1, new_axis_mask=2)
    yield strided((2, 3, 4), (1, 0), (2, 0), (1, 1), ellipsis_mask=2, shrink_axis_mask=1)
    yield strided((2, 3, 4), (0, 1, 0), (0, 2, 2), (1, 1, 1), new_axis_mask=1)
    yield strided((2, 3, 4), (0, 0, 3), (0, 0, 0), (1, 1, -1), ellipsis_mask=2, begin_mask=1, end_mask=1)
    yield strided((2, 3, 4), (1,), (2,), (1,))
    yield case("StridedSlice", [((3, 4), F), ints(1, 0), ints(2, 4), ints(1, 1)], [((4,), F)],
               "strided_slice_options { begin_mask: 1 shrink_axis_mask: 1 }")
    yield case("StridedSlice", [((6, 4), F), ints(1, -3), ints(3, 2), ints(1, 1)], [((3, 2), F)],
               "strided_slice_options { offset: true }")


def frames(case):
    for kind in (F, I, L, U):
        yield case("Pad", [((2, 3), kind), ints([1, 0], [2, 1])], [((3, 6), kind)])
    yield case("Pad", [((1, 2, 3, 1), F), ints([0, 0], [1, 1], [2, 0], [0, 3])], [((1, 4, 5, 4), F)])
    yield case("Pad", [((3,), F), ints([0, 0])], [((3,), F)])
    for kind, dtype in ((F, np.float32), (I, np.int32), (L, np.int64), (U, np.uint8)):
        yield case("PadV2", [((2, 3), kind), ints([1, 0], [2, 1]), one(5, dtype)], [((3, 6), kind)])
    yield case("PadV2", [((1, 2, 2, 2), F), ints([0, 0], [1, 1], [1, 1], [0, 0]), np.array([-2.5], np.float32)], [((1, 4, 4, 2), F)])
    for mode in ("REFLECT", "SYMMETRIC"):
        options = f"mirrorpad_options {{ mode: {mode} }}"
        for kind in (F, I, L, U):
            yield case("MirrorPad", [((2, 4), kind), ints([1, 1], [2, 3])], [((4, 9), kind)], options)
        yield case("MirrorPad", [((3, 1, 2), F), ints([2, 0], [0, 0], [1, 1])], [((5, 1, 4), F)], options)


def gathers(case):
    for axis in (0, 1, -1):
        out = np.take(np.zeros((4, 3, 2)), [[1, 0, 1]], axis).shape
        yield case("Gather", [((4, 3, 2), F), ints([1, 0, 1])], [(out, F)], f"gather_options {{ axis: {axis} }}")
    for kind in (I, L, O, U):
        yield case("Gather", [((4, 3), kind), ints(3, 0, 3)], [((3, 3), kind)])
    yield case("Gather", [((5,), F), np.array([4, 2], np.int64)], [((2,), F)])
    yield case("Gather", [((4, 3), F), one(2)], [((3,), F)])
    rows = ints([[0, 2], [1, 1], [2, 0]], [[1, 0], [0, 0], [2, 2]])
    yield case("Gather", [((2, 4, 5), F), ints([3, 0], [1, 1])], [((2, 2, 5), F)], "gather_options { axis: 1 batch_dims: 1 }")
    yield case("Gather", [((2, 4, 5), F), ints([3, 0], [1, 1])], [((2, 4, 2), F)], "gather_options { axis: 2 batch_dims: 1 }")
    yield case("Gather", [((2, 3, 5), F), rows], [((2, 3, 2), F)], "gather_options { axis: 2 batch_dims: 2 }")
    yield case("Gather", [((2, 3, 5), F), rows], [((2, 3, 2), F)], "gather_options { axis: 2 batch_dims: -1 }")
    for kind in (F, I, L, O):
        yield case("GatherNd", [((3, 4), kind), ints([2, 3], [0, 1])], [((2,), kind)])
    yield case("GatherNd", [((3, 4, 2), F), ints([[2], [0]], [[1], [1]])], [((2, 2, 4, 2), F)])
    yield case("GatherNd", [((3, 4), F), np.array([1, 2], np.int64)], [((), F)])
    table = ((4, 2, 3), F)
    yield case("EmbeddingLookup", [ints(3, 0, 3), table], [((3, 2, 3), F)])
    yield case("EmbeddingLookup", [ints(1), ((2, 5), F)], [((1, 5), F)])


def repeats(case):
    for kind in (F, I, L, O, U):
        yield case("Tile", [((2, 3), kind), ints(2, 3)], [((4, 9), kind)])
    yield case("Tile", [((2, 1, 3), F), np.array([1, 4, 1], np.int64)], [((2, 4, 3), F)])
    yield case("Tile", [((2,), F), ints(0)], [((0,), F)])
    for kind in (F, I, L, O):
        yield case("BroadcastTo", [((3, 1), kind), ints(2, 3, 4)], [((2, 3, 4), kind)])
    yield case("BroadcastTo", [((1,), F), np.array([5], np.int64)], [((5,), F)])
    yield case("BroadcastTo", [((2, 3), F), ints(2, 3)], [((2, 3), F)])


def orders(case):
    for kind in (F, I, L, O, U):
        yield case("ReverseV2", [((2, 3, 4), kind), ints(1)], [((2, 3, 4), kind)])
    for axis in (0, 2, -1):
        yield case("ReverseV2", [((2, 3, 4), F), ints(axis)], [((2, 3, 4), F)])
    yield case("ReverseV2", [((2, 3, 4), F), ints(1, 2)], [((2, 3, 4), F)])
    for kind in (F, I, L, U):
        yield case("ReverseSequence", [((3, 4, 2), kind), ints(0, 3, 4)], [((3, 4, 2), kind)],
                   "reverse_sequence_options { seq_dim: 1 batch_dim: 0 }")
    yield case("ReverseSequence", [((4, 3, 2), F), np.array([1, 2, 4], np.int64)], [((4, 3, 2), F)],
               "reverse_sequence_options { seq_dim: 0 batch_dim: 1 }")
    yield case("ReverseSequence", [((2, 3, 4), F), ints(2, 4, 3)], [((2, 3, 4), F)],
               "reverse_sequence_options { seq_dim: 2 batch_dim: 1 }")
    for kind in (F, I, L, U):
        yield case("TopKV2", [((3, 5), kind), one(3)], [((3, 3), kind), ((3, 3), I)])
    yield case("TopKV2", [((4,), F), one(4)], [((4,), F), ((4,), I)], values=[np.array([1, 2, 1, 2], np.float32)])
    yield case("TopKV2", [((5,), F), one(5)], [((5,), F), ((5,), I)],
               values=[np.array([np.inf, -0.0, 0.0, -np.inf, 1], np.float32)])
    yield case("TopKV2", [((2, 1, 3), F), one(1)], [((2, 1, 1), F), ((2, 1, 1), I)])
    for options in ("", "exclusive: true", "reverse: true", "exclusive: true reverse: true"):
        for kind in (F, I, L):
            yield case("CumSum", [((2, 3, 4), kind), one(1)], [((2, 3, 4), kind)], f"cumsum_options {{ {options} }}")
    yield case("CumSum", [((2, 3), F), one(-1)], [((2, 3), F)])


def blocks(case):
    for kind in (F, I, L, U):
        yield case("DepthToSpace", [((2, 2, 3, 8), kind)], [((2, 4, 6, 2), kind)], "depth_to_space_options { block_size: 2 }")
        yield case("SpaceToDepth", [((2, 4, 6, 2), kind)], [((2, 2, 3, 8), kind)], "space_to_depth_options { block_size: 2 }")
    yield case("DepthToSpace", [((1, 1, 1, 9), F)], [((1, 3, 3, 1), F)], "depth_to_space_options { block_size: 3 }")
    yield case("SpaceToDepth", [((1, 3, 3, 1), F)], [((1, 1, 1, 9), F)], "space_to_depth_options { block_size: 3 }")
    none = ints([0, 0], [0, 0])
    for kind in (F, I, L, U):
        yield case("SpaceToBatchND", [((2, 4, 6, 2), kind), ints(2, 3), none], [((12, 2, 2, 2), kind)])
        yield case("BatchToSpaceND", [((12, 2, 2, 2), kind), ints(2, 3), none], [((2, 4, 6, 2), kind)])
    yield case("SpaceToBatchND", [((1, 3, 5, 1), F), ints(2, 2), ints([1, 0], [2, 1])], [((4, 2, 4, 1), F)])
    yield case("BatchToSpaceND", [((4, 2, 4, 1), F), ints(2, 2), ints([1, 0], [2, 1])], [((1, 3, 5, 1), F)])
    yield case("SpaceToBatchND", [((2, 5, 3), F), ints(2), ints([0, 1])], [((4, 3, 3), F)])
    yield case("BatchToSpaceND", [((4, 3, 3), F), ints(2), ints([0, 1])], [((2, 5, 3), F)])


def makers(case):
    f = lambda x: one(x, np.float32)
    yield case("Range", [f(0), f(1), f(0.1)], [((10,), F)])
    yield case("Range", [f(5), f(-2.5), f(-0.7)], [((11,), F)])
    yield case("Range", [one(3), one(18), one(3)], [((5,), I)])
    yield case("Range", [one(10), one(0), one(-3)], [((4,), I)])
    yield case("Range", [one(2, np.int64), one(5, np.int64), one(2, np.int64)], [((2,), L)])
    for kind in (F, I, L, O):
        yield case("Fill", [ints(2, 3), ((), kind)], [((2, 3), kind)])
    yield case("Fill", [np.array([4], np.int64), ((), F)], [((4,), F)])
    yield case("Fill", [ints(0, 2), ((), F)], [((0, 2), F)])
    for axis in (-1, 0, 1):
        out = [2, 3]
        out.insert(axis if axis >= 0 else 2, 4)
        yield case("OneHot", [ints([0, 3, 4], [-1, 2, 1]), one(4), f(2.5), f(-1)], [(out, F)], f"onehot_options {{ axis: {axis} }}")
    for kind, dtype in ((I, np.int32), (L, np.int64), (U, np.uint8), (O, np.bool_)):
        yield case("OneHot", [((3,), I), one(5), one(1, dtype), one(0, dtype)], [((3, 5), kind)])
    yield case("OneHot", [one(1), one(3), f(1), f(0)], [((3,), F)])
    yield case("OneHot", [((3,), I), one(5), one(1, np.int8), one(0, np.int8)], [((3, 5), B)])
    for kind, dtype in ((F, np.float32), (L, np.int64), (B, np.int8)):
        yield case("OneHot", [((2, 3), L), one(5), one(3, dtype), one(-2, dtype)], [((2, 3, 5), kind)])
    for kind, dtype in ((F, np.float32), (I, np.int32), (L, np.int64)):
        for index, made in ((I, "INT32"), (L, "INT64")):
            repeated = np.array([3, 1, 3, 0, 7, 1, 0], dtype)
            yield case("Unique", [((7,), kind)], [((4,), kind), ((7,), index)], f"unique_options {{ idx_out_type: {made} }}", values=[repeated])
    yield case("Unique", [((3,), F)], [((2,), F), ((3,), I)], values=[np.array([-0.0, 0.0, 1.5], np.float32)])
    mask = np.array([[True, False, True], [False, False, True]])
    yield case("Where", [((2, 3), O)], [((3, 2), L)], values=[mask])
    for kind, dtype in ((F, np.float32), (I, np.int32), (L, np.int64), (U, np.uint8)):
        yield case("Where", [((2, 3), kind)], [((3, 2), L)], values=[mask.astype(dtype) * 3])


def blocks_put(case):
    """Blocks at places within, before and beyond; shapes of shapes."""
    for shape, block, begin in (
        ((5,), (2,), (1,)), ((5,), (2,), (4,)), ((5,), (2,), (-3,)), ((3, 4), (2, 2), (1, 1)), ((3, 4), (2, 2), (-1, 9)),
        ((3, 4), (3, 4), (2, 2)), ((2, 3, 2), (1, 3, 1), (1, 0, 1)), ((2, 3, 2), (2, 1, 2), (0, 2, 0)), ((3, 4), (0, 2), (1, 1)),
        ((2, 1, 3, 2, 2), (1, 1, 2, 1, 2), (1, 0, 1, 1, 0)),
    ):
        for kind in (F, I, L, B, O):
            yield case("DynamicUpdateSlice", [(shape, kind), (block, kind), ints(*begin)], [(shape, kind)])
    yield case("DynamicUpdateSlice", [((), F), ((), F), np.zeros(0, np.int32)], [((), F)])
    for begin in ((1, 2), (2**40, -2**40)):
        yield case("DynamicUpdateSlice", [((3, 4), F), ((2, 1), F), ((2,), L)], [((3, 4), F)],
                   values=[np.arange(12, dtype=np.float32).reshape(3, 4), np.array([[-1], [-2]], np.float32), np.array(begin, np.int64)])
    for kind, to in ((I, np.int32), (L, np.int64)):
        for a, b in (((2, 3), (2, 3)), ((1, 3), (2, 1)), ((4, 2, 3), (2, 1)), ((3,), (5, 1, 3)), ((1,), (0,)), ((), (2, 1)), ((), ())):
            yield case("BroadcastArgs", [((len(a),), kind), ((len(b),), kind)], [((max(len(a), len(b)),), kind)],
                       values=[np.array(a, to), np.array(b, to)])
    for kind in (F, I, L, O):
        for shape in ((), (3,), (1, 2, 1, 3), (2, 0)):
            yield case("Rank", [(shape, kind)], [((), I)])


def segments(case):
    for kind in (F, I):
        for shape, ids in (
            ((3, 2), (0, 0, 1)), ((4,), (0, 1, 2, 3)), ((4,), (0, 0, 0, 0)), ((5, 2, 3), (0, 0, 1, 2, 2)), ((3, 0), (0, 1, 1)),
            ((1, 1, 2), (0,)),
        ):
            yield case("SegmentSum", [(shape, kind), ints(*ids)], [((ids[-1] + 1, *shape[1:]), kind)])
