"""One model for each operator, in any type: what tools/make_litert_rules.py asks LiteRT about.

OPERATORS maps a name of BuiltinOperator to a function that builds the operator into a `Case`: `case.input` makes a
graph input, `case.constant` a constant of the activations' type, `case.weights` and `case.bias` what they say,
`case.ints` a list of int32, and `case.op` the operator with its outputs.
"""
import numpy as np

from vector_models import options

IMAGE = (1, 6, 6, 4)
RANDOM = np.random.default_rng(7)
KERNELS = {
    "conv": RANDOM.uniform(-0.9, 1.1, (5, 3, 3, 4)), "depthwise": RANDOM.uniform(-0.9, 1.1, (1, 3, 3, 4)),
    "dense": RANDOM.uniform(-0.9, 1.1, (5, 8)), "bias": RANDOM.uniform(-0.5, 0.5, 5),
    "matrix": RANDOM.uniform(-1, 1, (1, 5, 4)), "alpha": RANDOM.uniform(0.1, 0.4, (1, 1, 4)),
}


def unary(low=-2.0, high=1.6, shape=IMAGE, out=None, more=(), kind=None, version=1, **fields):
    """An operator of one activation; `more` are lists of int32 behind it."""

    def build(case, code):
        inputs = [case.input(shape, low, high), *(case.ints(numbers) for numbers in more)]
        case.op(code, inputs, [out or shape], kind and options(kind, **fields), version=version)

    return build


def binary(low=-2.0, high=1.6, low2=-1.1, high2=1.9, kind=None, result=None, **fields):
    def build(case, code):
        inputs = [case.input(IMAGE, low, high), case.input(IMAGE, low2, high2)]
        case.op(code, inputs, [IMAGE], kind and options(kind, **fields), result)

    return build


def reduce(low=-2.0, high=1.6):
    return unary(low, high, out=(1, 4), more=([1, 2],), kind="ReducerOptions", keepDims=False)


def pool():
    size = {"filterWidth": 2, "filterHeight": 2, "strideW": 2, "strideH": 2, "padding": 1}
    return unary(out=(1, 3, 3, 4), kind="Pool2DOptions", **size)


def conv(case, code):
    inputs = [case.input(IMAGE), case.weights(KERNELS["conv"], 0), case.bias(KERNELS["bias"])]
    case.op(code, inputs, [(1, 6, 6, 5)], options("Conv2DOptions", strideW=1, strideH=1))


def depthwise(case, code):
    inputs = [case.input(IMAGE), case.weights(KERNELS["depthwise"], 3), case.bias(KERNELS["bias"][:4])]
    case.op(code, inputs, [IMAGE], options("DepthwiseConv2DOptions", strideW=1, strideH=1, depthMultiplier=1))


def dense(case, code):
    inputs = [case.input((3, 8)), case.weights(KERNELS["dense"], 0), case.bias(KERNELS["bias"])]
    case.op(code, inputs, [(3, 5)], options("FullyConnectedOptions"))


def transpose_conv(case, code):
    shape, kernel = case.ints([1, 6, 6, 5]), case.weights(KERNELS["conv"], 0)
    inputs = [shape, kernel, case.input(IMAGE), case.bias(KERNELS["bias"])]
    case.op(code, inputs, [(1, 6, 6, 5)], options("TransposeConvOptions", strideW=1, strideH=1), version=3)


def matmul(case, code):
    inputs = [case.input((1, 3, 5)), case.input((1, 5, 4), -1.1, 1.9)]
    case.op(code, inputs, [(1, 3, 4)], options("BatchMatMulOptions"))


def prelu(case, code):
    case.op(code, [case.input(IMAGE), case.constant(KERNELS["alpha"])], [IMAGE])


def concatenation(case, code):
    inputs = [case.input(IMAGE), case.input(IMAGE, -1.1, 1.9)]
    case.op(code, inputs, [(1, 6, 6, 8)], options("ConcatenationOptions", axis=3), list_of=True)


def pack(case, code):
    inputs = [case.input(IMAGE), case.input(IMAGE, -1.1, 1.9)]
    case.op(code, inputs, [(2, *IMAGE)], options("PackOptions", axis=0, valuesCount=2), list_of=True)


def add_n(case, code):
    case.op(code, [case.input(IMAGE), case.input(IMAGE, -1.1, 1.9)], [IMAGE], list_of=True)


def padv2(case, code):
    inputs = [case.input(IMAGE), case.ints([[0, 0], [1, 1], [0, 2], [0, 0]]), case.constant(np.array([-1.25]))]
    case.op(code, inputs, [(1, 8, 8, 4)])


def split(case, code):
    case.op(code, [case.ints(3), case.input(IMAGE)], [(1, 6, 6, 2)] * 2, options("SplitOptions", numSplits=2))


def split_v(case, code):
    inputs = [case.input(IMAGE), case.ints([1, 3]), case.ints(3)]
    case.op(code, inputs, [(1, 6, 6, 1), (1, 6, 6, 3)], options("SplitVOptions", numSplits=2))


def unpack(case, code):
    case.op(code, [case.input((2, 6, 4))], [(6, 4)] * 2, options("UnpackOptions", num=2, axis=0))


def gather(case, code):
    case.op(code, [case.input(IMAGE), case.ints([4, 0, 2])], [(1, 6, 3, 4)], options("GatherOptions", axis=2))


def gather_nd(case, code):
    case.op(code, [case.input((3, 4)), case.ints([[2, 1], [0, 3]])], [(2,)])


def select(case, code):
    inputs = [case.bools(IMAGE), case.input(IMAGE), case.input(IMAGE, -1.1, 1.9)]
    case.op(code, inputs, [IMAGE])


def one_hot(case, code):
    inputs = [case.ints([1, 0, 3]), case.ints(4), case.constant(np.array(1.5)), case.constant(np.array(-0.5))]
    case.op(code, inputs, [(3, 4)], options("OneHotOptions", axis=-1))


def arg(kind):
    def build(case, code):
        case.op(code, [case.input(IMAGE), case.ints(3)], [(1, 6, 6)], options(kind, outputType=2), "INT32")

    return build


def topk(case, code):
    case.op(code, [case.input((3, 8)), case.ints(2)], [(3, 2), (3, 2)], None, [None, "INT32"])


def resize(kind, size=(9, 8)):
    return unary(out=(1, *size, 4), more=(list(size),), kind=kind)


def reverse_sequence(case, code):
    inputs = [case.input((2, 5, 3)), case.ints([3, 5])]
    case.op(code, inputs, [(2, 5, 3)], options("ReverseSequenceOptions", seqDim=1, batchDim=0))


def strided_slice(case, code):
    inputs = [case.input(IMAGE), case.ints([0, 1, 0, 0]), case.ints([1, 5, 6, 4]), case.ints([1, 2, 1, 1])]
    case.op(code, inputs, [(1, 2, 6, 4)], options("StridedSliceOptions"))


def normalize(case, code):
    case.op(code, [case.input((3, 8))], [(3, 8)], options("L2NormOptions"))


PADS = [[0, 0], [1, 1], [0, 2], [0, 0]]
COMPARED = {"low2": -2.0, "high2": 1.3, "result": "BOOL"}

OPERATORS = {
    "ABS": unary(), "ADD": binary(kind="AddOptions"), "ADD_N": add_n, "ARG_MAX": arg("ArgMaxOptions"),
    "ARG_MIN": arg("ArgMinOptions"), "AVERAGE_POOL_2D": pool(), "BATCH_MATMUL": matmul,
    "BATCH_TO_SPACE_ND": unary(shape=(4, 3, 3, 2), out=(1, 6, 6, 2), more=([2, 2], [[0, 0], [0, 0]])),
    "BROADCAST_TO": unary(shape=(1, 1, 6, 4), out=IMAGE, more=([1, 6, 6, 4],), version=2),
    "CEIL": unary(), "CONCATENATION": concatenation, "CONV_2D": conv, "COS": unary(),
    "DEPTH_TO_SPACE": unary(out=(1, 12, 12, 1), kind="DepthToSpaceOptions", blockSize=2),
    "DEPTHWISE_CONV_2D": depthwise, "DEQUANTIZE": unary(), "DIV": binary(low2=0.5, high2=2.0, kind="DivOptions"), "ELU": unary(),
    "EQUAL": binary(**COMPARED), "EXP": unary(), "EXPAND_DIMS": unary(out=(1, 1, 6, 6, 4), more=(1,)),
    "FLOOR": unary(), "FLOOR_DIV": binary(low2=0.5, high2=2.0), "FLOOR_MOD": binary(low2=0.5, high2=2.0),
    "FULLY_CONNECTED": dense, "GATHER": gather, "GATHER_ND": gather_nd, "GELU": unary(kind="GeluOptions"),
    "GREATER": binary(**COMPARED), "GREATER_EQUAL": binary(**COMPARED), "HARD_SWISH": unary(-5.0, 5.0),
    "L2_NORMALIZATION": normalize, "L2_POOL_2D": pool(),
    "LEAKY_RELU": unary(kind="LeakyReluOptions", alpha=0.3), "LESS": binary(**COMPARED),
    "LESS_EQUAL": binary(**COMPARED), "LOCAL_RESPONSE_NORMALIZATION": unary(
        kind="LocalResponseNormalizationOptions", radius=2, bias=1.0, alpha=0.5, beta=0.5),
    "LOG": unary(0.2, 3.0), "LOG_SOFTMAX": unary(shape=(3, 8)), "LOGISTIC": unary(-4.0, 4.0), "MAX_POOL_2D": pool(),
    "MAXIMUM": binary(), "MEAN": reduce(), "MINIMUM": binary(),
    "MIRROR_PAD": unary(out=(1, 8, 8, 4), more=(PADS,), kind="MirrorPadOptions", mode=0),
    "MUL": binary(kind="MulOptions"), "NEG": unary(), "NOT_EQUAL": binary(**COMPARED), "ONE_HOT": one_hot,
    "PACK": pack, "PAD": unary(out=(1, 8, 8, 4), more=(PADS,)), "PADV2": padv2,
    "POW": binary(0.2, 2.0, 0.0, 2.0), "PRELU": prelu, "QUANTIZE": unary(), "REDUCE_MAX": reduce(), "REDUCE_MIN": reduce(),
    "REDUCE_PROD": unary(0.5, 1.2, shape=(3, 4), out=(3,), more=([1],), kind="ReducerOptions", keepDims=False),
    "RELU": unary(), "RELU6": unary(-2.0, 9.0), "RELU_0_TO_1": unary(), "RELU_N1_TO_1": unary(),
    "RESHAPE": unary(out=(3, 48), more=([3, 48],)), "RESIZE_BILINEAR": resize("ResizeBilinearOptions"),
    "RESIZE_NEAREST_NEIGHBOR": resize("ResizeNearestNeighborOptions"), "REVERSE_SEQUENCE": reverse_sequence,
    "REVERSE_V2": unary(more=([2],)), "ROUND": unary(), "RSQRT": unary(0.3, 3.0), "SELECT": select, "SELECT_V2": select,
    "SIN": unary(), "SLICE": unary(out=(1, 4, 3, 4), more=([0, 1, 2, 0], [1, 4, 3, 4])),
    "SOFTMAX": unary(-4.0, 4.0, shape=(3, 8), kind="SoftmaxOptions", beta=1.0),
    "SPACE_TO_BATCH_ND": unary(out=(4, 3, 3, 4), more=([2, 2], [[0, 0], [0, 0]])),
    "SPACE_TO_DEPTH": unary(out=(1, 3, 3, 16), kind="SpaceToDepthOptions", blockSize=2), "SPLIT": split,
    "SPLIT_V": split_v, "SQRT": unary(0.2, 3.0), "SQUARE": unary(),
    "SQUARED_DIFFERENCE": binary(kind="SquaredDifferenceOptions"),
    "SQUEEZE": unary(out=(6, 6, 4), kind="SqueezeOptions", squeezeDims=[0]), "STRIDED_SLICE": strided_slice,
    "SUB": binary(kind="SubOptions"), "SUM": reduce(), "TANH": unary(-3.0, 3.0),
    "TILE": unary(out=(1, 6, 12, 4), more=([1, 1, 2, 1],)), "TOPK_V2": topk,
    "TRANSPOSE": unary(out=(1, 4, 6, 6), more=([0, 3, 1, 2],)), "TRANSPOSE_CONV": transpose_conv, "UNPACK": unpack,
}
