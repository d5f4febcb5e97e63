"""Random operators of float activations and integer weights, many of them side by side in one .tflite model."""
import numpy as np

from vector_models import Net, options, schema

ACTIVATIONS = {"none": 0, "relu": 1, "relu_n1_to_1": 2, "relu6": 3}
TANH = 4
LIMITS = {"INT8": (-128, 128), "UINT8": (0, 256), "INT4": (-7, 8), "INT2": (-1, 2)}


def packed(integers: np.ndarray, dtype: str) -> bytes:
    """Elements in order, low bits first; rows do not begin at bytes."""
    together = {"INT4": 2, "INT2": 4}.get(dtype, 1)
    if together == 1:
        return integers.astype(np.uint8).tobytes()
    bits = 8 // together
    flat = integers.reshape(-1).astype(np.int64) & ((1 << bits) - 1)
    flat = np.append(flat, np.zeros(-len(flat) % together, np.int64)).reshape(-1, together)
    return sum(flat[:, at] << (bits * at) for at in range(together)).astype(np.uint8).tobytes()


class Random:
    """A model under construction; `data` has what its inputs get, `names` what each output is."""

    def __init__(self, seed: int):
        self.random = np.random.default_rng(seed)
        self.net = Net()
        self.graph = self.net.graph("t")
        self.data, self.names = [], {}

    def number(self, low: int, high: int) -> int:
        return int(self.random.integers(low, high + 1))

    def often(self, *choices):
        return choices[self.number(0, len(choices) - 1)]

    def activation(self, shape):
        """Of both signs or of one, with rows of zeros, with halves of steps, or tiny."""
        kind, x = self.number(0, 11), self.random.normal(0, 1, shape).astype(np.float32)
        if kind == 0:
            x = np.abs(x)
        elif kind == 1:
            x = -np.abs(x)
        elif kind == 2:
            x[self.number(0, len(x) - 1)] = 0
        elif kind == 3:
            x[:] = 0
        elif kind == 4:
            x = np.round(x * 127) / 2
            x.reshape(-1)[0] = 127
        elif kind == 5:
            x = x * np.float32(self.often(1e-38, 1e-40, 1e-30, 1e30))
        self.data.append(x.astype(np.float32))
        return self.graph.input(shape)

    def indices(self, count, below):
        self.data.append(self.random.integers(0, below, count).astype(np.int32))
        return self.graph.input((count,), "INT32")

    def weights(self, shape, dtype, channels, dimension, lowest=None):
        low, high = LIMITS[dtype]
        integers = self.random.integers(low if lowest is None else lowest, high, shape)
        scales = self.random.uniform(0.001, 0.1, channels).astype(np.float32)
        if channels > 1 and self.number(0, 4) == 0:
            scales[:] = scales[0]
        zeros = [0] * channels
        return self.graph.tensor(shape, dtype, packed(integers, dtype), quant=(scales, zeros, dimension))

    def matrix(self, shape, dtype="INT8"):
        return self.weights(shape, dtype, 1, 0)

    def state(self, *shape):
        return self.graph.tensor(shape, variable=True)

    def blocks(self, rows, columns, size):
        integers = self.random.integers(-8, 8, (rows, columns))
        scales = self.random.uniform(0.001, 0.1, (rows, columns // size)).astype(np.float16)
        details = schema.BlockwiseQuantizationT()
        details.scales, details.zeroPoints, details.blockSize = self.graph.const(scales), -1, size
        weights = self.graph.tensor((rows, columns), "INT4", packed(integers, "INT4"))
        it = schema.QuantizationParametersT()
        it.details, it.detailsType = details, schema.QuantizationDetails.BlockwiseQuantization
        self.graph.it.tensors[weights].quantization = it
        return weights

    def bias(self, channels):
        return self.graph.const(self.random.normal(0, 1, channels).astype(np.float32))

    def result(self, code, inputs, shape, kind=None, version=1, **fields):
        output = self.graph.tensor(shape)
        self.graph.op(code, inputs, [output], kind and options(kind, **fields), version=version)
        self.graph.output(output)
        given = [self.graph.it.tensors[number] for number in inputs if number >= 0]
        types = ", ".join(f"{tensor.type}{list(tensor.shape)}" for tensor in given)
        self.names[output] = f"{code} {types} -> {list(shape)} {fields}"

    def bytes(self) -> bytes:
        return self.net.bytes()


def activation(r: Random) -> int:
    return r.often(*ACTIVATIONS.values())


def dense(r: Random):
    k, outputs, rows = r.often(r.number(1, 70), 2 * r.number(16, 70)), r.number(1, 20), r.number(1, 9)
    dtype = r.often("INT8", "INT8", "UINT8", "INT4", "INT4", "INT2")
    x = r.activation((rows, k))
    weights = r.weights((outputs, k), dtype, r.often(1, outputs), 0)
    r.result("FULLY_CONNECTED", [x, weights, r.often(-1, r.bias(outputs))], (rows, outputs), "FullyConnectedOptions", 12,
             asymmetricQuantizeInputs=r.often(False, True), fusedActivationFunction=r.often(activation(r), TANH))


def dense_blocks(r: Random):
    size = r.often(32, 64)
    k, outputs, rows = size * r.number(1, 4), r.number(4, 20), r.number(1, 5)
    x, weights = r.activation((rows, k)), r.blocks(outputs, k, size)
    r.result("FULLY_CONNECTED", [x, weights, r.often(-1, r.bias(outputs))], (rows, outputs), "FullyConnectedOptions", 13,
             fusedActivationFunction=activation(r))


def long_rows(r: Random):
    """Sums of weights that do not fit the 16 bits of LiteRT's lanes."""
    k, outputs = r.number(2040, 4300), r.number(1, 4)
    x = r.activation((1, k))
    weights = r.weights((outputs, k), "INT8", r.often(1, outputs), 0, lowest=r.often(-127, 100))
    r.result("FULLY_CONNECTED", [x, weights, -1], (1, outputs), "FullyConnectedOptions", 12, asymmetricQuantizeInputs=True)


def window(size, kernel, stride, dilation, padding):
    reach = (kernel - 1) * dilation + 1
    return -(-size // stride) if padding == 0 else (size - reach) // stride + 1


def geometry(r: Random):
    """Height, width, filter, output and fields of a window that fits."""
    while True:
        height, width, padding, stride = r.number(1, 9), r.number(1, 9), r.number(0, 1), r.number(1, 3)
        rows, columns, dilation = r.number(1, 3), r.number(1, 3), 1 if stride > 1 else r.often(1, 1, 2)
        out = [window(*of, stride, dilation, padding) for of in ((height, rows), (width, columns))]
        if min(out) > 0:
            fields = {"strideH": stride, "strideW": stride, "dilationHFactor": dilation, "dilationWFactor": dilation}
            return (height, width), (rows, columns), out, {**fields, "padding": padding}


def conv(r: Random):
    image, kernel, out, fields = geometry(r)
    dtype = r.often("INT8", "INT8", "INT4", "UINT8")
    groups = 1 if dtype == "UINT8" else r.often(1, 1, 1, 2, 3)
    depth, outputs, batch = r.number(1, 9), groups * r.number(1, 9), r.number(1, 3)
    x = r.activation((batch, *image, depth * groups))
    channels = 1 if dtype == "UINT8" else outputs if groups > 1 else r.often(1, outputs)
    weights = r.weights((outputs, *kernel, depth), dtype, channels, 0)
    r.result("CONV_2D", [x, weights, r.bias(outputs)], (batch, *out, outputs), "Conv2DOptions", 5,
             fusedActivationFunction=activation(r), **fields)


def depthwise(r: Random):
    image, kernel, out, fields = geometry(r)
    depth, multiplier, batch = r.number(1, 20), r.often(1, 1, 1, 2, 3, 4, 8), r.number(1, 3)
    outputs = depth * multiplier
    x, weights = r.activation((batch, *image, depth)), r.weights((1, *kernel, outputs), "INT8", outputs, 3)
    r.result("DEPTHWISE_CONV_2D", [x, weights, r.bias(outputs)], (batch, *out, outputs), "DepthwiseConv2DOptions", 6,
             depthMultiplier=multiplier, fusedActivationFunction=activation(r), **fields)


def transpose_conv(r: Random):
    depth, outputs, batch, stride, padding = r.number(1, 8), r.number(1, 8), r.number(1, 3), r.number(1, 2), r.number(0, 1)
    image, kernel = (r.number(1, 6), r.number(1, 6)), (r.number(1, 3), r.number(1, 3))
    out = [size * stride if padding == 0 else (size - 1) * stride + taps for size, taps in zip(image, kernel)]
    shape = (batch, *out, outputs)
    x = r.activation((batch, *image, depth))
    weights = r.weights((outputs, *kernel, depth), "INT8", r.often(1, outputs), 0)
    inputs = [r.graph.const(np.array(shape, np.int32)), weights, x]
    r.result("TRANSPOSE_CONV", inputs + r.often([], [r.bias(outputs)]), shape, "TransposeConvOptions", 4,
             strideH=stride, strideW=stride, padding=padding, fusedActivationFunction=activation(r))


def matmul(r: Random):
    k, rows, columns = r.number(1, 70), r.number(1, 20), r.number(1, 20)
    full = [r.number(1, 3) for _ in range(r.number(0, 3))]
    left, right = ([size if r.number(0, 3) else 1 for size in full] for _ in range(2))
    right = r.often([], right, right)
    adjoint_x, adjoint_y, asymmetric = r.number(0, 3) == 0, r.often(False, True), r.often(False, True)
    if len(right) == 3:
        asymmetric = asymmetric and right[0] == 1
    shape = list(np.broadcast_shapes(tuple(left), tuple(right))) + [rows, columns]
    x = r.activation((*left, *((k, rows) if adjoint_x else (rows, k))))
    weights = r.weights((*right, *((columns, k) if adjoint_y else (k, columns))), "INT8", r.often(1, columns),
                        len(right) + (0 if adjoint_y else 1))
    r.result("BATCH_MATMUL", [x, weights], shape, "BatchMatMulOptions", 4, adjX=adjoint_x, adjY=adjoint_y,
             asymmetricQuantizeInputs=asymmetric)


def embedding(r: Random):
    rows, columns = r.number(1, 9), r.number(1, 40)
    more = r.often((), (), (2,))
    indices = r.indices(5, rows)
    if r.number(0, 4) == 0:
        columns, more = 32 * r.number(1, 3), ()
        table = r.blocks(rows, columns, 32)
    else:
        table = r.weights((rows, columns, *more), r.often("INT8", "UINT8", "INT4", "INT2"), r.often(1, rows), 0)
    r.result("EMBEDDING_LOOKUP", [indices, table], (5, columns, *more), version=4)


def svdf(r: Random):
    units, rank, memory, batch, k = r.number(1, 9), r.number(1, 9), r.number(1, 20), r.number(1, 3), r.number(1, 70)
    filters, dtype = units * rank, r.often("INT8", "INT8", "UINT8")
    inputs = [r.activation((batch, k)), r.matrix((filters, k), dtype), r.matrix((filters, memory), dtype),
              r.often(-1, r.bias(units))]
    r.result("SVDF", [*inputs, r.state(batch, filters * memory)], (batch, units), "SVDFOptions", 4, rank=rank,
             asymmetricQuantizeInputs=r.often(False, True), fusedActivationFunction=r.often(activation(r), TANH))


def recurrent(r: Random, k, cells, batch):
    """The operands of an LSTM behind its input, and the size of its output."""
    dtype, cifg, peephole, norm = r.often("INT8", "INT8", "UINT8"), *(r.number(0, 2) == 0 for _ in range(3))
    outputs = r.often(cells, r.number(1, 20))
    gates = [not cifg, True, True, True]
    inputs = [r.matrix((cells, k), dtype) if gate else -1 for gate in gates]
    inputs += [r.matrix((cells, outputs), dtype) if gate else -1 for gate in gates]
    inputs += [r.matrix((cells,), dtype) if gate and peephole else -1 for gate in (not cifg, True, True)]
    inputs += [r.bias(cells) if gate else -1 for gate in gates]
    projected = outputs != cells or r.number(0, 3) == 0
    inputs += [r.matrix((outputs, cells), dtype) if projected else -1, r.bias(outputs) if projected and r.often(0, 1) else -1]
    inputs += [r.state(batch, outputs), r.state(batch, cells)]
    inputs += [r.bias(cells) if gate and norm else -1 for gate in gates]
    fields = {"cellClip": r.often(0.0, 0.8), "projClip": r.often(0.0, 0.7) if projected else 0.0,
              "fusedActivationFunction": TANH, "asymmetricQuantizeInputs": r.often(False, True)}
    return inputs, outputs, fields


def lstm(r: Random):
    k, cells, batch = r.number(1, 40), r.number(1, 20), r.number(1, 4)
    x = r.activation((batch, k))
    inputs, outputs, fields = recurrent(r, k, cells, batch)
    r.result("LSTM", [x, *inputs], (batch, outputs), "LSTMOptions", 4, **fields)


def sequence(r: Random):
    k, cells, batch, steps, major = r.number(1, 40), r.number(1, 20), r.number(1, 4), r.number(1, 6), r.often(False, True)
    shape = (steps, batch) if major else (batch, steps)
    x = r.activation((*shape, k))
    inputs, outputs, fields = recurrent(r, k, cells, batch)
    r.result("UNIDIRECTIONAL_SEQUENCE_LSTM", [x, *inputs], (*shape, outputs), "UnidirectionalSequenceLSTMOptions", 3,
             timeMajor=major, **fields)


def rnn(r: Random):
    k, units, batch, dtype = r.number(1, 40), r.number(1, 30), r.number(1, 4), r.often("INT8", "INT8", "UINT8")
    inputs = [r.activation((batch, k)), r.matrix((units, k), dtype), r.matrix((units, units), dtype), r.bias(units)]
    r.result("RNN", [*inputs, r.state(batch, units)], (batch, units), "RNNOptions", 3,
             asymmetricQuantizeInputs=r.often(False, True), fusedActivationFunction=r.often(activation(r), TANH))


def sequence_rnn(r: Random):
    k, units, batch, dtype = r.number(1, 40), r.number(1, 30), r.number(1, 4), r.often("INT8", "INT8", "UINT8")
    steps, major = r.number(1, 6), r.often(False, True)
    shape = (steps, batch) if major else (batch, steps)
    inputs = [r.activation((*shape, k)), r.matrix((units, k), dtype), r.matrix((units, units), dtype), r.bias(units)]
    r.result("UNIDIRECTIONAL_SEQUENCE_RNN", [*inputs, r.state(batch, units)], (*shape, units), "SequenceRNNOptions", 3,
             timeMajor=major, asymmetricQuantizeInputs=r.often(False, True), fusedActivationFunction=r.often(activation(r), TANH))


# A maker of operators, and whether the reference kernels have it.
MAKERS = {
    "dense": (dense, True), "dense_blocks": (dense_blocks, False), "long_rows": (long_rows, True), "conv": (conv, True),
    "depthwise": (depthwise, True), "transpose_conv": (transpose_conv, True), "matmul": (matmul, True), "embedding": (embedding, True),
    "svdf": (svdf, True), "rnn": (rnn, True), "sequence_rnn": (sequence_rnn, True), "lstm": (lstm, True), "sequence": (sequence, True),
}
