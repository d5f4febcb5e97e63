"""LSTM, UNIDIRECTIONAL_SEQUENCE_LSTM and SVDF with activations of 8 bits: every part there or not, over three runs."""
import itertools

import numpy as np

from elementwise import hash_of
from integer_case import Case, options

# Batch, steps, inputs, cells, outputs.
SIZES = [(2, 6, 7, 16, 9), (3, 8, 3, 5, 5), (2, 7, 4, 9, 11), (6, 1, 17, 8, 3)]
SIDES = [((0.0157, -3), (0.0078125, 0), (0.0063, 11)), ((0.05, -128), (0.0071, 5), (0.0078125, -19)), ((0.03125, 127), (0.008, -60), (0.0069, 0))]


def lstm(operator, sizes, parts, number, time_major):
    batch, steps, inputs, cells, outputs = sizes
    cifg, peephole, projection, norm = parts
    # With peepholes of fewer cells than outputs it reads beyond them.
    outputs = min(outputs, cells) if projection and peephole else outputs if projection else cells
    x, h, hidden = SIDES[number % 3]
    y = h
    name = f"{sizes} {parts} {number} {time_major}"
    case = Case(operator, "int8", name, runs=12 if operator == "LSTM" else 5, seed=hash_of(f"{operator}{name}"))
    random = np.random.default_rng(case.seed)
    graph = case.graph
    first = (batch, inputs) if operator == "LSTM" else (steps, batch, inputs) if time_major else (batch, steps, inputs)
    given = case.input(first, side=x)
    number_of = lambda *shape: random.integers(-127, 128, shape).astype(np.int8)

    def weights(rows, columns):
        return graph.const(number_of(rows, columns), quant=([float(np.float32(2.2 / 127 / columns ** 0.5 * random.uniform(0.6, 1.4)))], [0]))

    def vector(kind, limit, scale):
        return graph.const(random.integers(-limit, limit + 1, cells).astype(kind), quant=([scale], [0]))

    absent = -1
    gates = [(not cifg), True, True, True]
    term = lambda columns: [weights(cells, columns) if there else absent for there in gates]
    exponent = -11 + number % 3
    peepholes = [vector(np.int16, 32767, 0.6 / 32767) if there and peephole else absent for there in (gates[0], True, True)]
    biases = [vector(np.int32, 9000 if norm else 30000, 0.0001) if there else absent for there in gates]
    project = [absent, absent]
    if projection:
        project = [weights(outputs, cells), absent]
        if number % 2:
            project[1] = graph.const(random.integers(-3000, 3001, outputs).astype(np.int32), quant=([0.0001], [0]))
    state = graph.tensor((batch, outputs), "INT8", quant=([h[0]], [h[1]]), variable=True)
    cell = graph.tensor((batch, cells), "INT16", quant=([2.0**exponent], [0]), variable=True)
    norms = [vector(np.int16, 32767, 1.1 / 32767) if there else absent for there in gates] if norm else [absent] * 4
    all_inputs = [given, *term(inputs), *term(outputs), *peepholes, *biases, *project, state, cell, *norms]
    kind = "LSTMOptions" if operator == "LSTM" else "UnidirectionalSequenceLSTMOptions"
    fields = {"fusedActivationFunction": 4, "cellClip": (0.0, 3.0)[number // 16 % 2], "projClip": (0.0, 0.0, 0.5)[number % 3]}
    if operator != "LSTM":
        fields["timeMajor"] = time_major
    scales = [0.0004, 0.00051, 0.00033, 0.00045] if norm else [2.0**-12] * 4
    inner = [graph.tensor((0,), "INT16", quant=([s], [0])) for s in scales] + [graph.tensor((0,), "INT8", quant=([hidden[0]], [hidden[1]]))]
    case.op(all_inputs, [((*first[:-1], outputs), "int8", y)], options(kind, **fields), version=4 if operator == "LSTM" else 3)
    graph.it.operators[-1].intermediates = inner
    return case


def basic(batch, inputs, cells, variable, number):
    """The basic kernel: uint8, cells of 16 bits with the scale 2⁻¹¹."""
    side, words, sums = (2.0**-7, 128), (2.0**-11, 0), (2.0**-12, 0)
    case = Case("LSTM", "uint8", f"basic {batch} {inputs} {cells} {variable} {number}", runs=9, seed=hash_of(f"{batch}{inputs}{cells}{number}"))
    x = case.input((batch, inputs), side=side)
    state = lambda types, side: case.graph.tensor((batch, cells), types.upper(), quant=([side[0]], [side[1]]), variable=True)
    h = state("uint8", side) if variable else case.input((batch, cells), side=side)
    c = state("int16", words) if variable else case.input((batch, cells), "int16", side=words)
    columns = inputs + cells
    # Of a power of two sums land on halves; of the last, most gates are full.
    scale = (0.9 / columns**0.5, 2.0**-5, 2.0**-4, 0.3)[number % 4] / (1 if number % 2 else 127)
    weights = case.const(case.random((4 * cells, columns), "uint8"), side=(scale, (128, 0, 255, 119)[number // 4 % 4]))
    limit = int(2 / scale * 128)
    bias = case.const(case.random(4 * cells, "int32", -limit, limit), side=(scale / 128, 0))
    shapes = [((batch, cells), "uint8", side), ((batch, cells), "int16", words), ((batch, columns), "uint8", side),
              ((batch, 4 * cells), "int16", sums)]
    return case.op([x, h, weights, bias, c], shapes, options("LSTMOptions", kernelType=1, fusedActivationFunction=4), version=2)


def svdf(batch, inputs, units, rank, memory, number):
    x, y = [((0.0157, -3), (0.0235, -128)), ((0.05, 127), (0.031, 4)), ((0.03125, -128), (0.0625, -128))][number % 3]
    case = Case("SVDF", "int8", f"{batch} {inputs} {units} {rank} {memory} {number}", runs=9, seed=hash_of(f"{inputs}{units}{number}"))
    random = np.random.default_rng(case.seed)
    filters = units * rank
    given = case.input((batch, inputs), side=x)
    features = case.graph.const(random.integers(-127, 128, (filters, inputs)).astype(np.int8), quant=([1.7 / 127 / inputs ** 0.5], [0]))
    time = case.graph.const(random.integers(-32767, 32768, (filters, memory)).astype(np.int16), quant=([1.4 / 32767 / memory ** 0.5], [0]))
    bias = case.graph.const(random.integers(-2000, 2001, units).astype(np.int32), quant=([0.0001], [0])) if number % 2 else -1
    state = case.graph.tensor((batch, filters * memory), "INT16", quant=([0.0003], [0]), variable=True)
    option = options("SVDFOptions", rank=rank, fusedActivationFunction=1)
    return case.op([given, features, time, bias, state], [((batch, units), "int8", y)], option, version=3)


def cases():
    for number, (sizes, parts) in enumerate(itertools.product(SIZES, itertools.product((False, True), repeat=4))):
        for operator in ("UNIDIRECTIONAL_SEQUENCE_LSTM", "LSTM"):
            for time_major in (False, True):
                if operator == "LSTM" and (time_major or sizes[1] == 1):
                    continue
                yield lstm(operator, sizes, parts, number, time_major)
    for number, (batch, inputs, cells) in enumerate(itertools.product((1, 2, 5), (1, 7, 33), (1, 3, 8, 21))):
        yield basic(batch, inputs, cells, number % 3 != 0, number)
    for number, (batch, inputs, units, rank, memory) in enumerate([(1, 16, 40, 1, 8), (2, 7, 20, 2, 5), (3, 40, 16, 4, 10), (1, 3, 33, 1, 1), (4, 9, 24, 3, 7),
                                                                   (2, 33, 64, 1, 12)]):
        for other in range(3):
            yield svdf(batch, inputs, units, rank, memory, number + other)
