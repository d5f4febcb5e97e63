"""Variants of SVDF. A run begins with zeros in the memories: several operators that share one show how it moves."""
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from vector_models import Net, options

F = np.float32
ACTIVATIONS = {"NONE": 0, "RELU": 1, "RELU_N1_TO_1": 2, "RELU6": 3, "TANH": 4}


def model(steps, batch, inputs, units, rank, memory, bias=True, activation="NONE", seed=0):
    """SVDF of one input after the other."""
    random = np.random.default_rng(seed)
    numbers = lambda *shape: np.round(random.uniform(-1, 1, shape), 3).astype(F)
    filters = units * rank
    net = Net()
    graph = net.graph()
    weights = [graph.const(numbers(filters, inputs)), graph.const(numbers(filters, memory)), graph.const(numbers(units)) if bias else -1]
    state = graph.tensor((batch, filters * memory), variable=True)
    fields = options("SVDFOptions", rank=rank, fusedActivationFunction=ACTIVATIONS[activation], asymmetricQuantizeInputs=False)
    given = [graph.input((batch, inputs)) for _ in range(steps)]
    graph.output(*(graph.op("SVDF", [x, *weights, state], [graph.tensor((batch, units))], fields) for x in given))
    return net, [numbers(batch, inputs) for _ in range(steps)]


def variants(case):
    for steps, batch, inputs, units, rank, memory in (
        (1, 1, 16, 64, 1, 8), (1, 2, 3, 4, 1, 1), (4, 2, 3, 4, 1, 3), (5, 1, 2, 3, 2, 4), (3, 3, 5, 2, 4, 2), (6, 1, 1, 1, 1, 5),
    ):
        for bias in (True, False):
            yield case.model("SVDF", *model(steps, batch, inputs, units, rank, memory, bias))
    for activation in ("RELU", "RELU_N1_TO_1", "RELU6", "TANH"):
        yield case.model("SVDF", *model(3, 2, 4, 5, 2, 2, activation=activation, seed=1))
