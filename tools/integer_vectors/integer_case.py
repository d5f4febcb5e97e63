"""A case of tools/make_integer_vectors.py, and the scales and sizes that cases share."""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from vector_models import TYPES, Net, options  # noqa: F401 (for the files beside)

LIMITS = {"int8": (-128, 127), "uint8": (0, 255), "int16": (-32768, 32767), "int32": (-(2**31), 2**31 - 1), "bool": (0, 1)}
# Scale and zero point: powers of two, so that sums land on halves; both ends of the zero point; others.
SIDES = {
    "int8": [(0.0235, -128), (0.5, 127), (0.125, 0), (0.0317, -5), (0.0078125, 17), (0.0471, -128)],
    "uint8": [(0.0235, 0), (0.5, 255), (0.125, 128), (0.0317, 123), (0.0078125, 145), (0.0471, 0)],
    "int16": [(2.0**-11, 0), (0.000235, 0), (2.0**-12, 0), (0.00317, 0), (3.0517578e-05, 0), (2.0**-9, 0)],
}
BYTES = ("int8", "uint8")
ALL = ("int8", "uint8", "int16")


def pairs(types, count=None):
    """Sides of an input and an output."""
    made = [(x, y) for x in SIDES[types] for y in SIDES[types]]
    return made if count is None else made[:: max(1, len(made) // count)]


class Case:
    """One operator in one model; seeds come in the order of the inputs."""

    def __init__(self, operator, types, name, runs=1, seed=1):
        self.operator, self.types, self.name, self.runs, self.seed = operator, types, str(name), runs, seed
        self.net, self.inputs = Net(), []
        self.graph = self.net.graph()

    def input(self, shape, types=None, side=None, low=None, high=None, seed=None, step=None):
        types = types or self.types
        first, last = LIMITS.get(types, (-1000, 1000))
        self.seed += 1
        self.inputs.append({
            "type": types, "shape": list(shape), "seed": self.seed if seed is None else seed,
            "low": first if low is None else low, "high": last if high is None else high,
            **({} if step is None else {"step": float(np.float32(step))}),
        })
        return self.graph.input(shape, types.upper(), quant=side and ([side[0]], [side[1]]))

    def const(self, array, side=None, scales=None, dimension=0):
        quant = side and ([side[0]], [side[1]])
        if scales is not None:
            quant = (list(scales), [0] * len(scales), dimension)
        return self.graph.const(array, quant=quant)

    def random(self, shape, types, low=None, high=None):
        """An array for a constant."""
        first, last = LIMITS[types]
        self.seed += 1
        random = np.random.default_rng(self.seed)
        made = random.integers(first if low is None else low, (last if high is None else high) + 1, shape)
        return made.astype(TYPES[types.upper()])

    def op(self, inputs, outputs, option=None, version=1):
        """outputs: (shape, types, side) each."""
        made = [self.graph.tensor(shape, types.upper(), quant=side and ([side[0]], [side[1]])) for shape, types, side in outputs]
        self.graph.op(self.operator, inputs, made, option, version=version)
        self.graph.output(*made)
        return self
