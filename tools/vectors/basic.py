"""Variants of the operators that the test bench's recipes use as well."""
import numpy as np

F = "FLOAT32"


def variants(case):
    special = np.array([np.nan, np.inf, -np.inf, -0.0, 0.0, 7.5, -7.5, 1e-30], np.float32)
    for kind in ("Abs", "ReLU", "ReLU6", "Logistic", "Tanh"):
        yield case(kind, [((2, 3), F)], [((2, 3), F)])
        if kind != "Logistic":
            yield case(kind, [((8,), F)], [((8,), F)], values=[special])
    for kind in ("Add", "Sub", "Mul", "Div"):
        options = f"{kind.lower()}_options {{ activation: %s }}"
        for activation in ("NONE", "RELU", "RELU6", "RELU_N1_TO_1"):
            yield case(kind, [((1, 2, 3), F), ((1, 2, 3), F)], [((1, 2, 3), F)], options % activation)
        yield case(kind, [((2, 1, 3), F), ((4, 1), F)], [((2, 4, 3), F)], options % "NONE")
        yield case(kind, [((2, 3), F), ((), F)], [((2, 3), F)], options % "NONE")
    for kind in ("Maximum", "Minimum"):
        yield case(kind, [((2, 1, 3), F), ((4, 1), F)], [((2, 4, 3), F)])
