"""Variants of RFFT2D, and of the operators that make real numbers of complex ones."""
import numpy as np
from vector_models import Net, options

F = np.float32
PARTS = ("REAL", "IMAG", "COMPLEX_ABS")
KINDS = {"REAL": "Real", "IMAG": "Imag", "COMPLEX_ABS": "ComplexAbs"}


def numbers(*shape):
    return np.round(np.random.default_rng(sum(shape)).uniform(-1, 1, shape), 3).astype(F)


def transform(x, lengths, constant=True):
    """The transform's real and imaginary parts and its absolute values."""
    net = Net()
    graph = net.graph()
    given = [graph.input(x.shape)]
    sizes = np.array(lengths, np.int32)
    given.append(graph.const(sizes) if constant else graph.input((2,), "INT32"))
    shape = (*x.shape[:-2], lengths[0], lengths[1] // 2 + 1)
    made = graph.op("RFFT2D", given, [graph.tensor(shape, "COMPLEX64")], options("Rfft2dOptions"))
    graph.output(*(graph.op(part, [made], [graph.tensor(shape)]) for part in PARTS))
    return net, [x] if constant else [x, sizes]


def transforms(case):
    for shape, lengths in (
        ((4, 4), (4, 4)), ((8, 16), (8, 16)), ((1, 2), (1, 2)), ((2, 4), (1, 8)), ((3, 5), (4, 8)), ((9, 9), (4, 4)), ((2, 3, 4), (2, 2)),
        ((2, 1, 5, 3), (8, 4)), ((0, 4, 4), (4, 4)), ((2, 0, 4), (2, 2)), ((1, 400), (1, 512)), ((64, 64), (64, 64)),
    ):
        yield case.model("RFFT2D", *transform(numbers(*shape), lengths))
    yield case.model("RFFT2D", *transform(numbers(4, 4), (4, 4), constant=False))
    wave = np.cos(2 * np.pi * 3 * np.arange(32) / 32).astype(F).reshape(1, 32)
    yield case.model("RFFT2D", *transform(wave, (1, 32)))
    # The runtime reads beyond the line when it is one element wide.
    x = numbers(4, 3)
    made = np.fft.rfft2(x.astype(np.float64), (4, 1))
    net, values = transform(x, (4, 1))
    yield case.model("RFFT2D", net, values, [made.real.astype(F), made.imag.astype(F), np.abs(made).astype(F)], "numpy.fft.rfft2 in float64")


def parts(case):
    odd = np.array([[1 + 2j, -3 - 4j, 0, 3e38 + 3e38j], [complex(-0.0, -0.0), complex(np.nan, 1), complex(np.inf, 1), 1e-30j]], np.complex64)
    for values in (odd, odd[:, :1].copy(), odd[1, 3]):
        for part in PARTS:
            net = Net()
            graph = net.graph()
            given = graph.const(values)
            graph.output(graph.op(part, [given], [graph.tensor(values.shape)]))
            yield case.model(KINDS[part], net, [])
    # Numbers pass operators that move elements, and casts.
    net = Net()
    graph = net.graph()
    x = numbers(2, 3)
    given = graph.op("CAST", [graph.input(x.shape)], [graph.tensor(x.shape, "COMPLEX64")], options("CastOptions", inDataType=0, outDataType=8))
    turned = graph.op("TRANSPOSE", [given, graph.const(np.array([1, 0], np.int32))], [graph.tensor((3, 2), "COMPLEX64")])
    back = graph.op("CAST", [turned], [graph.tensor((3, 2))], options("CastOptions", inDataType=8, outDataType=0))
    graph.output(back, *(graph.op(part, [turned], [graph.tensor((3, 2))]) for part in PARTS))
    yield case.model("Cast", net, [x])


def variants(case):
    yield from transforms(case)
    yield from parts(case)
