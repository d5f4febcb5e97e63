"""Float activations with integer weights: random operators of tools/hybrid_models.py, one a model."""
import numpy as np

from integer_case import Case

import hybrid_models

COUNTS = {"dense": 90, "dense_blocks": 12, "long_rows": 4, "conv": 80, "depthwise": 30, "matmul": 30, "embedding": 24,
          "transpose_conv": 24, "svdf": 40, "lstm": 40, "sequence": 40, "rnn": 90, "sequence_rnn": 100}
# Steps of the floats; those of 0.5 land on halves of the integers they become.
STEPS = [0.0037, 0.5, 0.01, 1.0, 1e-41]


class Seeded(hybrid_models.Random):
    """The same operators on inputs that a seed says."""

    def __init__(self, seed, kind):
        super().__init__(seed)
        self.case = Case("", "", f"{kind} {seed}", runs=12 if kind == "rnn" else 3, seed=seed * 7)
        self.case.net, self.case.graph = self.net, self.graph

    def activation(self, shape):
        low, high = self.often((-127, 127), (-127, 127), (-255, 254), (0, 200), (-90, 0), (-3, 254), (0, 0))
        return self.case.input(shape, "float32", low=low, high=high, step=np.float32(STEPS[self.number(0, 40) % 5]))

    def indices(self, count, below):
        return self.case.input((count,), "int32", low=0, high=below - 1)


def cases():
    for kind, count in COUNTS.items():
        maker = hybrid_models.MAKERS[kind][0]
        for number in range(count):
            made = Seeded(number, kind)
            maker(made)
            operator = next(iter(made.names.values())).split()[0]
            types = {tensor.type for tensor in made.graph.it.tensors if tensor.buffer} & {3, 9, 17, 19, 20}
            words = {3: "uint8", 9: "int8", 17: "int4", 19: "int2", 20: "int2"}
            made.case.operator = f"FLOAT_{operator}"
            blocks = ["blocks"] if kind == "dense_blocks" else []
            made.case.types = " ".join(["float32", *sorted(words[number] for number in types), *blocks])
            yield made.case
