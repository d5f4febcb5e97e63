"""Random small graphs of operators that have integer kernels, as recipes; many of them fit into one model, side by side."""
import copy
import dataclasses
import math

import numpy as np

LIMIT = 4000


@dataclasses.dataclass
class Tensor:
    name: str
    shape: list[int]
    dtype: str = "FLOAT32"
    # Text behind `filler`, for constants.
    filler: str | None = None


@dataclasses.dataclass
class Op:
    kind: str
    inputs: list[str]
    outputs: list[str]
    options: str = ""


def recipe(graphs: list["Graph"]) -> str:
    return "".join(graph.text() for graph in graphs)


class Graph:
    """One graph: its tensors by name, its operators in order, and which tensors it takes and gives."""

    def __init__(self, number: int, random: np.random.Generator, rare: bool = False):
        """`rare`: among the operators are those that LiteRT's reference kernels lack, or cannot compute."""
        self.prefix, self.random, self.rare = f"g{number}_", random, rare
        self.tensors: dict[str, Tensor] = {}
        self.ops: list[Op] = []
        self.inputs: list[str] = []
        self.ranges: dict[str, tuple[float, float]] = {}

    def grow(self) -> "Graph":
        """One to eight operators, each on tensors that are there."""
        self.input(self.some_shape())
        wanted = int(self.random.integers(1, 9))
        for _ in range(10 * wanted):
            if len(self.ops) >= wanted:
                break
            x = self.tensors[str(self.random.choice(self.floats()))]
            if self.random.random() < 0.6:
                x = self.tensors[self.floats()[-1]]
            OPERATORS[int(self.random.integers(len(OPERATORS)))](self, x)
        return self

    # What tensors are made of.

    def some_shape(self) -> list[int]:
        rank = int(self.random.choice([4, 4, 4, 3, 2, 1]))
        if rank == 4:
            return [int(self.random.choice([1, 1, 1, 2])), self.size(12), self.size(12), self.size(40)]
        return [self.size(40 if rank < 3 else 9) for _ in range(rank)]

    def size(self, most: int) -> int:
        return int(self.random.integers(1, most + 1))

    def pick(self, *of):
        return of[int(self.random.integers(len(of)))]

    def floats(self) -> list[str]:
        return [t.name for t in self.tensors.values() if t.dtype == "FLOAT32" and t.filler is None]

    def new(self, shape, dtype="FLOAT32", filler=None) -> Tensor:
        tensor = Tensor(f"{self.prefix}t{len(self.tensors)}", [int(d) for d in shape], dtype, filler)
        self.tensors[tensor.name] = tensor
        return tensor

    def input(self, shape) -> Tensor:
        tensor = self.new(shape)
        self.inputs.append(tensor.name)
        width = float(np.exp(self.random.uniform(-4, 4)))
        # Around zero, on one side of it, or at it.
        low = self.pick(-width / 2, -width * 0.9, -width * 0.1, 0.0, -width)
        self.ranges[tensor.name] = (low, low + width)
        return tensor

    def constant(self, shape, low=-1.0, high=1.0) -> Tensor:
        values = self.random.uniform(low, high, math.prod(shape))
        if self.random.random() < 0.1:
            values *= self.random.random(values.shape) < 0.5
        return self.new(shape, filler=explicit(f"{x:.6g}" for x in values))

    def ints(self, values, shape=None) -> Tensor:
        return self.new([len(values)] if shape is None else shape, "INT32", explicit(map(str, values)))

    def op(self, kind, inputs, shape, options="", count=1, dtype="FLOAT32", shapes=None) -> bool:
        shapes = shapes or [shape] * count
        if not all(0 < math.prod(shape) <= LIMIT for shape in shapes):
            return False
        outputs = [self.new(shape, dtype).name for shape in shapes]
        self.ops.append(Op(kind, [t.name if t else "" for t in inputs], outputs, options))
        return True

    def twin(self, x: Tensor) -> Tensor:
        """Another tensor of the shape: one that is there, a new input, or the same."""
        same = [n for n in self.floats() if self.tensors[n].shape == x.shape]
        if self.random.random() < 0.5:
            return self.tensors[self.pick(*same)]
        return self.input(x.shape)

    def resized(self, old: int, new: int) -> "Graph":
        """A copy in which every dimension of a size has another, and constants have as many elements; it need not make sense."""
        made = copy.deepcopy(self)
        for tensor in made.tensors.values():
            before, tensor.shape = tensor.shape, [new if dim == old else dim for dim in tensor.shape]
            if tensor.filler is None:
                continue
            values = tensor.filler.split('"')[3::2]
            if tensor.dtype == "INT32":
                values = [str(new) if value == str(old) else value for value in values]
            tensor.filler = explicit(values[: math.prod(tensor.shape)] if tensor.shape != before else values)
        return made

    # What a recipe says.

    def outputs(self) -> list[str]:
        read = {name for op in self.ops for name in op.inputs}
        return [name for op in self.ops for name in op.outputs if name not in read]

    def text(self) -> str:
        used = {name for op in self.ops for name in [*op.inputs, *op.outputs]}
        lines = []
        for tensor in self.tensors.values():
            if tensor.name in used:
                dims = " ".join(f"dim: {d}" for d in tensor.shape)
                filler = f" filler {{ {tensor.filler} }}" if tensor.filler else ""
                lines.append(f'operand {{ name: "{tensor.name}" type: {tensor.dtype} shape {{ {dims} }}{filler} }}')
        for op in self.ops:
            ends = [f'input: "{name}"' for name in op.inputs] + [f'output: "{name}"' for name in op.outputs]
            lines.append(f'operation {{ type: "{op.kind}" {" ".join(ends)} {op.options} }}')
        lines += [f'input: "{name}"' for name in self.used_inputs()]
        lines += [f'output: "{name}"' for name in self.outputs()]
        return "\n".join(lines) + "\n"

    def used_inputs(self) -> list[str]:
        read = {name for op in self.ops for name in op.inputs}
        return [name for name in self.inputs if name in read]


def explicit(values) -> str:
    return 'tag: "explicit" ' + " ".join(f'arg: "{v}"' for v in values)


def fused(g: Graph) -> str:
    return f'activation: {g.pick("NONE", "NONE", "RELU", "RELU6", "RELU_N1_TO_1")}'


def window(size, kernel, stride, padding, dilation=1):
    kernel = (kernel - 1) * dilation + 1
    return -(-size // stride) if padding == "SAME" else -(-(size - kernel + 1) // stride)


def convolution(g: Graph, x: Tensor) -> bool:
    if len(x.shape) != 4:
        return False
    n, h, w, c = x.shape
    depthwise = g.random.random() < 0.4
    groups = g.pick(*[n for n in (2, 3, 4) if c % n == 0] or [1]) if g.random.random() < 0.1 else 1
    padding, (kh, kw) = g.pick("SAME", "VALID"), (g.size(4), g.size(4))
    if padding == "VALID":
        kh, kw = min(kh, h), min(kw, w)
    stride, dilation = (g.size(3), g.size(3)), (1, 1)
    if g.random.random() < 0.2:
        stride, dilation = (1, 1), (g.size(3), g.size(3))
    out = [window(size, k, s, padding, d) for size, k, s, d in zip((h, w), (kh, kw), stride, dilation)]
    many = c * g.size(3) if depthwise else g.size(24) * groups
    if min(out) < 1 or many > 120 or kh * kw * c * many > 6000:
        return False
    weights = g.constant([1, kh, kw, many] if depthwise else [many, kh, kw, c // groups])
    # LiteRT refuses a third operand that is not there.
    bias = g.constant([many])
    name = "depthwiseconv2d_options" if depthwise else "conv2d_options"
    multiplier = f"depth_multiplier: {many // c}" if depthwise else ""
    options = (
        f"{name} {{ padding: {padding} stride_h: {stride[0]} stride_w: {stride[1]} {multiplier} {fused(g)} "
        f"dilation_h_factor: {dilation[0]} dilation_w_factor: {dilation[1]} }}"
    )
    return g.op("DepthwiseConv2D" if depthwise else "Conv2D", [x, weights, bias], [n, *out, many], options)


def transpose_conv(g: Graph, x: Tensor) -> bool:
    if len(x.shape) != 4:
        return False
    n, h, w, c = x.shape
    padding, stride, kernel, many = g.pick("SAME", "VALID"), g.size(3), g.size(4), g.size(12)
    out = [size * stride if padding == "SAME" else (size - 1) * stride + max(kernel, stride) for size in (h, w)]
    if padding == "VALID" and kernel < stride or kernel * kernel * c * many > 4000:
        return False
    shape, weights = g.ints([n, *out, many]), g.constant([many, kernel, kernel, c])
    bias = [g.constant([many])] if g.random.random() < 0.7 else []
    options = f"transpose_conv_options {{ padding: {padding} stride_w: {stride} stride_h: {stride} }}"
    return g.op("TransposeConv", [shape, weights, x, *bias], [n, *out, many], options)


def dense(g: Graph, x: Tensor) -> bool:
    depth, many = x.shape[-1], g.size(40)
    if len(x.shape) < 2 or depth * many > 4000:
        return False
    keep = len(x.shape) > 2
    shape = [*x.shape[:-1], many] if keep else [x.shape[0], many]
    bias = g.constant([many]) if g.random.random() < 0.7 else None
    options = f"fullyconnected_options {{ {fused(g)} keep_num_dims: {'true' if keep else 'false'} }}"
    return g.op("FullyConnected", [x, g.constant([many, depth]), bias], shape, options)


def matmul(g: Graph, x: Tensor) -> bool:
    if len(x.shape) < 2:
        return False
    *batch, rows, depth = x.shape
    many, flip = g.size(20), g.random.random() < 0.3
    other = [*batch, many, depth] if flip else [*batch, depth, many]
    if math.prod(other) > LIMIT:
        return False
    options = f"batch_matmul_options {{ adjoint_lhs: false adjoint_rhs: {'true' if flip else 'false'} }}"
    return g.op("BatchMatMul", [x, g.input(other)], [*batch, rows, many], options)


def pool(g: Graph, x: Tensor) -> bool:
    if len(x.shape) != 4:
        return False
    kind, padding = g.pick("AveragePool2D", "MaxPool2D"), g.pick("SAME", "VALID")
    size = [min(g.size(5), x.shape[1]), min(g.size(5), x.shape[2])]
    stride = [g.size(3), g.size(3)]
    out = [window(d, k, s, padding) for d, k, s in zip(x.shape[1:3], size, stride)]
    options = (
        f"{kind.lower()}_options {{ padding: {padding} stride_h: {stride[0]} stride_w: {stride[1]} "
        f"filter_height: {size[0]} filter_width: {size[1]} {fused(g)} }}"
    )
    return g.op(kind, [x], [x.shape[0], *out, x.shape[3]], options)


def arithmetic(g: Graph, x: Tensor) -> bool:
    kind = g.pick("Add", "Add", "Sub", "Mul", "Mul")
    options = f"{kind.lower()}_options {{ {fused(g)} }}"
    return pair(g, x, kind, options)


def pair(g: Graph, x: Tensor, kind: str, options: str = "") -> bool:
    way = g.random.random()
    if way < 0.5:
        y = g.twin(x)
    elif way < 0.75:
        # A constant or an input that is broadcast.
        shape = g.pick([1], x.shape[-1:], [1] * (len(x.shape) - 1) + x.shape[-1:])
        y = g.constant(shape, -2, 2) if g.random.random() < 0.6 else g.input(shape)
    else:
        y = g.input([d if g.random.random() < 0.6 else 1 for d in x.shape])
    ends = [x, y] if g.random.random() < 0.7 else [y, x]
    return g.op(kind, ends, np.broadcast_shapes(tuple(x.shape), tuple(y.shape)), options)


def chosen(g: Graph, x: Tensor) -> bool:
    return pair(g, x, *g.pick(("Maximum",), ("Minimum",), ("SquaredDifference", "squared_difference_options { }")))


def unary(g: Graph, x: Tensor) -> bool:
    rare = [("ELU", "")] if g.rare else []
    kind, options = g.pick(
        *rare, ("ReLU", ""), ("ReLU6", ""), ("ReLUN1To1", ""), ("Logistic", ""), ("Tanh", ""), ("HardSwish", ""),
        ("Abs", "abs_options { }"), ("LeakyRelu", f"leaky_relu_options {{ alpha: {g.pick(0.1, 0.3, 1.5, -0.4)} }}"),
        ("Softmax", f"softmax_options {{ beta: {g.pick(1.0, 0.5, 2.0)} }}"), ("LogSoftmax", "log_softmax_options { }"),
        ("Gelu", f"gelu_options {{ approximate: {g.pick('true', 'false')} }}"), ("L2Normalize", ""),
        ("Exp", "exp_options { }"),
    )
    if kind in ("Softmax", "LogSoftmax", "L2Normalize") and x.shape[-1] < 2:
        return False
    return g.op(kind, [x], x.shape, options)


def prelu(g: Graph, x: Tensor) -> bool:
    if len(x.shape) != 4:
        return False
    alpha = g.constant(g.pick([1, 1, x.shape[3]], [1, 1, 1]), -0.5, 0.9)
    return g.op("PRelu", [x, alpha], x.shape)


def reduced(g: Graph, x: Tensor) -> bool:
    rank = len(x.shape)
    axes = sorted({int(a) for a in g.random.integers(0, rank, g.size(rank))})
    if rank == 4 and g.random.random() < 0.5:
        axes = [1, 2]
    keep = g.random.random() < 0.5 or len(axes) == rank
    rare = [("Sum", "sum")] * 2 if g.rare else []
    kind, name = g.pick(*rare, ("Mean", "mean"), ("Mean", "mean"), ("ReduceMax", "reduce_max"), ("ReduceMin", "reduce_min"))
    shape = [1 if at in axes else d for at, d in enumerate(x.shape) if keep or at not in axes]
    return g.op(kind, [x, g.ints(axes)], shape, f"{name}_options {{ keep_dims: {'true' if keep else 'false'} }}")


def resize(g: Graph, x: Tensor) -> bool:
    if len(x.shape) != 4:
        return False
    size, corners = [g.size(14), g.size(14)], g.random.random() < 0.3
    half = not corners and g.random.random() < 0.5
    kind, name = g.pick(("ResizeBilinear", "resize_bilinear"), ("ResizeNearestNeighbor", "resize_nearest_neighbor"))
    flag = lambda on: "true" if on else "false"
    options = f"{name}_options {{ align_corners: {flag(corners)} half_pixel_centers: {flag(half)} }}"
    return g.op(kind, [x, g.ints(size)], [x.shape[0], *size, x.shape[3]], options)


def moved(g: Graph, x: Tensor) -> bool:
    return MOVES[int(g.random.integers(len(MOVES)))](g, x)


def reshape(g: Graph, x: Tensor) -> bool:
    count = math.prod(x.shape)
    at = g.pick(*[d for d in range(1, count + 1) if count % d == 0])
    shape = g.pick([at, count // at], [1, at, count // at], [1, 1, at, count // at])
    return g.op("Reshape", [x, g.ints(shape)], shape)


def transpose(g: Graph, x: Tensor) -> bool:
    order = [int(a) for a in g.random.permutation(len(x.shape))]
    return g.op("Transpose", [x, g.ints(order)], [x.shape[a] for a in order])


def concatenation(g: Graph, x: Tensor) -> bool:
    axis = int(g.random.integers(len(x.shape)))
    parts = [x]
    for _ in range(g.size(3)):
        parts.append(g.twin(x) if g.random.random() < 0.8 else g.constant(x.shape) if math.prod(x.shape) < 300 else x)
    shape = [d * (len(parts) if at == axis else 1) for at, d in enumerate(x.shape)]
    return g.op("Concatenation", parts, shape, f"concatenation_options {{ axis: {axis} activation: NONE }}")


def split(g: Graph, x: Tensor) -> bool:
    axis = int(g.random.integers(len(x.shape)))
    ways = [n for n in (2, 3, 4) if x.shape[axis] % n == 0]
    if not ways:
        return False
    count = g.pick(*ways)
    shape = [d // count if at == axis else d for at, d in enumerate(x.shape)]
    return g.op("Split", [g.ints([axis], []), x], shape, f"split_options {{ num_splits: {count} }}", count)


def pad(g: Graph, x: Tensor) -> bool:
    sides = [[int(g.random.integers(3)), int(g.random.integers(3))] if d > 1 else [0, 0] for d in x.shape]
    shape = [d + sum(side) for d, side in zip(x.shape, sides)]
    flat = [n for side in sides for n in side]
    mirror = all(max(side) < d for side, d in zip(sides, x.shape)) and g.random.random() < 0.3
    paddings = g.ints(flat, [len(x.shape), 2])
    if mirror:
        return g.op("MirrorPad", [x, paddings], shape, f"mirrorpad_options {{ mode: {g.pick('REFLECT', 'SYMMETRIC')} }}")
    return g.op("Pad", [x, paddings], shape)


def slices(g: Graph, x: Tensor) -> bool:
    begin = [int(g.random.integers(d)) for d in x.shape]
    size = [g.size(d - b) for d, b in zip(x.shape, begin)]
    if g.random.random() < 0.5:
        return g.op("Slice", [x, g.ints(begin), g.ints(size)], size, "slice_options { }")
    steps = [g.size(3) for _ in x.shape]
    ends = [b + s for b, s in zip(begin, size)]
    shape = [-(-s // step) for s, step in zip(size, steps)]
    return g.op("StridedSlice", [x, g.ints(begin), g.ints(ends), g.ints(steps)], shape, "strided_slice_options { }")


def gather(g: Graph, x: Tensor) -> bool:
    axis = int(g.random.integers(len(x.shape)))
    places = [int(p) for p in g.random.integers(0, x.shape[axis], g.size(6))]
    shape = [len(places) if at == axis else d for at, d in enumerate(x.shape)]
    return g.op("Gather", [x, g.ints(places)], shape, f"gather_options {{ axis: {axis} }}")


def pack(g: Graph, x: Tensor) -> bool:
    if len(x.shape) > 3:
        return False
    axis = int(g.random.integers(len(x.shape) + 1))
    shape = [*x.shape[:axis], 2, *x.shape[axis:]]
    return g.op("Pack", [x, g.twin(x)], shape, f"pack_options {{ values_count: 2 axis: {axis} }}")


def blocks(g: Graph, x: Tensor) -> bool:
    if len(x.shape) != 4:
        return False
    n, h, w, c = x.shape
    if h % 2 == 0 and w % 2 == 0:
        return g.op("SpaceToDepth", [x], [n, h // 2, w // 2, c * 4], "space_to_depth_options { block_size: 2 }")
    if c % 4 == 0 and g.rare:
        return g.op("DepthToSpace", [x], [n, h * 2, w * 2, c // 4], "depth_to_space_options { block_size: 2 }")
    return False


def argmax(g: Graph, x: Tensor) -> bool:
    kind, axis = g.pick("ArgMax", "ArgMin"), int(g.random.integers(len(x.shape)))
    if len(x.shape) < 2:
        return False
    shape = [d for at, d in enumerate(x.shape) if at != axis]
    return g.op(kind, [x, g.ints([axis], [1])], shape, f"{kind.lower()}_options {{ output_type: INT32 }}", dtype="INT32")


def tile(g: Graph, x: Tensor) -> bool:
    if not g.rare:
        return False
    times = [g.pick(1, 1, 2) for _ in x.shape]
    return g.op("Tile", [x, g.ints(times)], [d * t for d, t in zip(x.shape, times)], "tile_options { }")


MOVES = [reshape, transpose, concatenation, split, pad, slices, gather, pack, blocks, argmax, tile]
OPERATORS = [
    convolution, convolution, convolution, convolution, transpose_conv, dense, dense, matmul, pool, pool, arithmetic,
    arithmetic, arithmetic, chosen, unary, unary, unary, prelu, reduced, reduced, resize, moved, moved, moved, moved,
]
