"""Variants of the operators that fold or gather over whole dimensions: reducers, matrix products, resizing."""
import numpy as np

F, I, L, B = "FLOAT32", "INT32", "INT64", "BOOL"
LOGICAL = ("ReduceAny", "ReduceAll")


def axes(*numbers):
    return np.array(numbers, np.int32)


def reducers(case):
    shapes = [
        # input, axes, output, output with keep_dims
        ((2, 3, 4), axes(1), (2, 4), (2, 1, 4)),
        ((2, 3, 4), axes(-1), (2, 3), (2, 3, 1)),
        ((2, 3, 4), axes(0, -2), (4,), (1, 1, 4)),
        ((2, 3, 4), axes(2, 2), (2, 3), (2, 3, 1)),
        ((1, 5, 3, 2), axes(1, 2), (1, 2), (1, 1, 1, 2)),
        ((2, 3), axes(0, 1), (), (1, 1)),
        ((7,), np.array(0, np.int32), (), (1,)),
        ((2, 3, 2, 3, 2), axes(1, 3), (2, 2, 2), (2, 1, 2, 1, 2)),
        ((5, 129), axes(1), (5,), (5, 1)),
    ]
    for kind, name in (
        ("Mean", "mean"), ("Sum", "sum"), ("ReduceMax", "reduce_max"), ("ReduceMin", "reduce_min"),
        ("ReduceProd", "reduce_prod"), ("ReduceAny", "reduce_any"), ("ReduceAll", "reduce_all"),
    ):
        for shape, along, flat, kept in shapes:
            dtype = B if kind in LOGICAL else F
            # A long product is out of any range: factors around 1.
            values = None
            if shape == (5, 129):
                values = [np.random.default_rng(1).uniform(0.9, 1.1, shape).astype(np.float32)]
                if dtype == B:
                    rare = np.random.default_rng(1).random(shape) < 0.01
                    values = [~rare if kind == "ReduceAll" else rare]
            yield case(kind, [(shape, dtype), along], [(flat, dtype)], values=values)
            yield case(kind, [(shape, dtype), along], [(kept, dtype)], f"{name}_options {{ keep_dims: true }}",
                       values=values)
        if kind not in LOGICAL:
            odd = [np.array([[np.nan, 1, 2], [1, np.nan, 0], [1, 2, np.nan], [np.inf, 1, -np.inf]], np.float32)]
            yield case(kind, [((4, 3), F), axes(1)], [((4,), F)], values=odd)
            yield case(kind, [((4, 3), F), axes(0)], [((3,), F)], values=odd)
        if kind not in ("Mean", *LOGICAL):
            for dtype in (I, L):
                yield case(kind, [((2, 3, 2), dtype), axes(1)], [((2, 2), dtype)])


def nothing(case):
    """What is folded when there is nothing to fold."""
    for kind in LOGICAL:
        for shape, along, out in (((2, 0), axes(1), (2,)), ((2, 0), axes(0), (0,)), ((0,), axes(0), ()), ((2, 3), axes(), (2, 3))):
            yield case(kind, [(shape, B), along], [(out, B)])
        for mask in (np.ones((2, 3), bool), np.zeros((2, 3), bool), np.eye(2, 3, dtype=bool)):
            yield case(kind, [((2, 3), B), axes(1)], [((2,), B)], values=[mask])


def args(case):
    for kind, name in (("ArgMax", "argmax"), ("ArgMin", "argmin")):
        for shape, axis, out in (
            ((2, 3, 4), 0, (3, 4)), ((2, 3, 4), 1, (2, 4)), ((2, 3, 4), -1, (2, 3)), ((5,), 0, ()),
            ((1, 37), 1, (1,)), ((1, 2, 3, 4, 5), -2, (1, 2, 3, 5)),
        ):
            for dtype in (I, L):
                options = f"{name}_options {{ output_type: {dtype} }}"
                yield case(kind, [(shape, F), np.array(axis, np.int32)], [(out, dtype)], options)
        ties = [np.array([[1, 3, 3, 1], [2, 2, 2, 2], [0, -1, -1, 0]], np.float32)]
        yield case(kind, [((3, 4), F), axes(1)], [((3,), L)], values=ties)
        yield case(kind, [((3, 4), F), axes(0)], [((4,), L)], values=ties)
        yield case(kind, [((3, 4), I), axes(1)], [((3,), L)])
        odd = [np.array([[np.nan, 1, 2], [1, np.nan, 0], [1, 2, np.nan], [np.inf, 1, -np.inf]], np.float32)]
        yield case(kind, [((4, 3), F), axes(1)], [((4,), L)], values=odd)
        yield case(kind, [((4, 3), F), axes(0)], [((3,), L)], values=odd)
        odd = [np.array([[np.nan] * 3, [np.nan, -np.inf, -np.inf], [np.nan, np.inf, 3]], np.float32)]
        yield case(kind, [((3, 3), F), axes(1)], [((3,), L)], values=odd)


def norms(case):
    for shape in ((2, 3, 4), (5,), (2, 1), (1, 2, 2, 3)):
        yield case("L2Normalize", [(shape, F)], [(shape, F)])
    yield case("L2Normalize", [((2, 3), F)], [((2, 3), F)],
               values=[np.array([[0, 0, 0], [1e-8, 2e-8, 0]], np.float32)])
    for radius, bias, alpha, beta in ((5, 1.0, 1.0, 0.5), (1, 2.0, 0.1, 0.75), (0, 1.0, 0.5, 1.0), (20, 0.5, 0.01, 2.0)):
        options = f"local_response_normalization_options {{ radius: {radius} bias: {bias} alpha: {alpha} beta: {beta} }}"
        for shape in ((1, 2, 3, 7), (2, 1, 2, 1)):
            yield case("LocalResponseNormalization", [(shape, F)], [(shape, F)], options)
    yield case("LocalResponseNormalization", [((1, 1, 2, 9), F)], [((1, 1, 2, 9), F)])


def products(case):
    for left, right, out in (
        ((2, 3), (3, 4), (2, 4)),
        ((2, 2, 3), (2, 3, 4), (2, 2, 4)),
        ((2, 1, 2, 3), (1, 3, 3, 4), (2, 3, 2, 4)),
        ((5, 2, 3), (3, 4), (5, 2, 4)),
        ((2, 3), (2, 2, 3, 4), (2, 2, 2, 4)),
        ((1, 1, 3), (4, 3, 1), (4, 1, 1)),
        ((2, 1, 2, 3, 5), (2, 1, 5, 2), (2, 2, 2, 3, 2)),
        ((25, 27), (27, 26), (25, 26)),
    ):
        for x in (False, True):
            for y in (False, True):
                a = left[:-2] + left[:-3:-1] if x else left
                b = right[:-2] + right[:-3:-1] if y else right
                options = f"batch_matmul_options {{ adjoint_lhs: {str(x).lower()} adjoint_rhs: {str(y).lower()} }}"
                yield case("BatchMatMul", [(a, F), (b, F)], [(out, F)], options)
    constant = np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4)
    yield case("BatchMatMul", [((2, 2, 3), F), constant], [((2, 2, 4), F)])


def resizes(case):
    for kind, name in (("ResizeBilinear", "resize_bilinear"), ("ResizeNearestNeighbor", "resize_nearest_neighbor")):
        flag_sets = ["", "align_corners: true", "half_pixel_centers: true"]
        if kind == "ResizeNearestNeighbor":  # bilinear resizing takes one of them only
            flag_sets.append("align_corners: true half_pixel_centers: true")
        for flags in flag_sets:
            for shape, size in (
                ((1, 2, 2, 1), (4, 4)), ((2, 3, 5, 2), (7, 4)), ((1, 5, 4, 3), (2, 3)), ((1, 3, 3, 1), (1, 1)),
                ((1, 1, 1, 2), (3, 2)), ((1, 4, 4, 2), (4, 4)), ((1, 4, 6, 1), (8, 12)), ((1, 7, 10, 1), (5, 6)),
            ):
                out = (shape[0], *size, shape[3])
                yield case(kind, [(shape, F), axes(*size)], [(out, F)], f"{name}_options {{ {flags} }}")


def variants(case):
    yield from reducers(case)
    yield from nothing(case)
    yield from args(case)
    yield from norms(case)
    yield from products(case)
    yield from resizes(case)
    for padding, out in (("SAME", (2, 3, 4, 3)), ("VALID", (2, 2, 3, 3))):
        for activation in ("NONE", "RELU6"):
            options = (f"l2pool2d_options {{ padding: {padding} filter_height: 3 filter_width: 2 stride_h: 2 stride_w: 2 "
                       f"activation: {activation} }}")
            yield case("L2Pool2D", [((2, 6, 7, 3), F)], [(out, F)], options)
