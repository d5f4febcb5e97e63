"""Models whose inputs leave dimensions open, run with other sizes than the file's."""
import numpy as np
from vector_models import Net, options

F = np.float32


def network(random, signatures):
    """Convolution, pooling, reshape to rows, a product, and numbers made of a shape at run time."""
    net = Net()
    graph = net.graph()

    def made(shape, dtype="FLOAT32"):
        return graph.tensor(shape, dtype, signature=(-1, *shape[1:]) if signatures else None)

    def numbers(*shape):
        return graph.const(np.round(random.uniform(-1, 1, shape), 3).astype(F))

    x = graph.input((1, 6, 5, 2), signature=(-1, 6, 5, 2))
    conv = graph.op("CONV_2D", [x, numbers(3, 2, 2, 2), numbers(3)], [made((1, 6, 5, 3))], options("Conv2DOptions", strideW=1, strideH=1))
    pool = graph.op("MAX_POOL_2D", [conv], [made((1, 3, 2, 3))], options(
        "Pool2DOptions", padding=1, strideW=2, strideH=2, filterWidth=2, filterHeight=2))
    rows = graph.op("RESHAPE", [pool, graph.const(np.array([-1, 18], np.int32))], [made((1, 18))])
    flat = graph.op("FULLY_CONNECTED", [rows, numbers(4, 18), numbers(4)], [made((1, 4))], options("FullyConnectedOptions"))
    # The batch comes back as a number, and shapes a reshape.
    shape = graph.op("SHAPE", [flat], [graph.tensor((2,), "INT32")], options("ShapeOptions", outType=2))
    part = graph.op("STRIDED_SLICE", [shape, *(graph.const(np.array([n], np.int32)) for n in (0, 1, 1))], [graph.tensor((), "INT32")],
                    options("StridedSliceOptions", shrinkAxisMask=1))
    packed = graph.op("PACK", [part, graph.const(np.array(2, np.int32)), graph.const(np.array(2, np.int32))],
                      [graph.tensor((3,), "INT32")], options("PackOptions", valuesCount=3))
    graph.output(graph.op("RESHAPE", [flat, packed], [made((1, 2, 2))]), graph.op("SOFTMAX", [flat], [made((1, 4))], options("SoftmaxOptions", beta=1.0)))
    return net


def variants(case):
    random = np.random.default_rng(12)
    for signatures in (True, False):
        for batch in (1, 2, 7):
            x = np.round(random.uniform(-2, 2, (batch, 6, 5, 2)), 3).astype(F)
            yield case.model("Reshape", network(np.random.default_rng(1), signatures), [x])
    # Rows and columns of an image, and two inputs that share an open size.
    for height, width in ((4, 4), (9, 3), (1, 1)):
        net = Net()
        graph = net.graph()
        x = graph.input((1, 4, 4, 1), signature=(1, -1, -1, 1))
        weights = graph.const(np.arange(9, dtype=F).reshape(1, 3, 3, 1))
        conv = graph.op("DEPTHWISE_CONV_2D", [x, weights, graph.const(np.array([0.5], F))], [graph.tensor((1, 4, 4, 1), signature=(1, -1, -1, 1))],
                        options("DepthwiseConv2DOptions", strideW=1, strideH=1, depthMultiplier=1))
        mean = graph.op("MEAN", [conv, graph.const(np.array([1, 2], np.int32))], [graph.tensor((1, 1))], options("ReducerOptions"))
        graph.output(conv, mean)
        yield case.model("DepthwiseConv2D", net, [np.round(random.uniform(-2, 2, (1, height, width, 1)), 3).astype(F)])
    for length in (3, 1, 8):
        net = Net()
        graph = net.graph()
        a, b = (graph.input((3, 2), signature=(-1, 2)) for _ in range(2))
        total = graph.op("ADD", [a, b], [graph.tensor((3, 2), signature=(-1, 2))], options("AddOptions"))
        graph.output(graph.op("CONCATENATION", [a, total], [graph.tensor((6, 2), signature=(-1, 2))], options("ConcatenationOptions")))
        yield case.model("Concatenation", net, [np.round(random.uniform(-2, 2, (length, 2)), 3).astype(F) for _ in range(2)])
