"""Variants of Circle's own operators, which LiteRT does not have: formulas in NumPy (onert 0.1.0 agrees to the bit, where it runs).
"""
import numpy as np

F = np.float32
RMS = "gamma * x / sqrt(mean(x * x, -1) + epsilon) in float64, NumPy; Zhang & Sennrich 2019, ONE's luci-interpreter RmsNorm"
INSTANCE = "gamma * (x - mean) / sqrt(var + epsilon) + beta over rows and columns in float64, NumPy; Ulyanov et al. 2016"
ROPE = "halves turned by sin and cos in float32, NumPy; Su et al. 2021 in the order of GPT-NeoX, ONE's luci-interpreter RoPE"


def operand(name, shape, array=None):
    filler = "" if array is None else ' filler { tag: "explicit" ' + " ".join(f'arg: "{x!s}"' for x in array.ravel()) + " }"
    return f'operand {{ name: "{name}" type: FLOAT32 shape {{ {" ".join(f"dim: {d}" for d in shape)} }}{filler} }}\n'


def rms_norms(case):
    random = np.random.default_rng(2)
    for shape in ((1, 3, 2, 4), (2, 3, 5), (4, 7), (3,), (2, 1), (0, 3)):
        for epsilon, width in ((1e-6, shape[-1]), (0.5, shape[-1]), (1e-3, 1)):
            gamma = np.round(random.uniform(-2, 2, width), 3).astype(F)
            x = np.round(random.uniform(-3, 3, shape), 3).astype(F)
            wide = x.astype(np.float64)
            rms = np.sqrt(np.mean(wide * wide, -1, keepdims=True) + np.float64(F(epsilon)))
            made = (gamma.astype(np.float64) * (wide / rms)).astype(F)
            text = (operand("x", shape) + operand("gamma", gamma.shape, gamma) + operand("y", shape)
                    + f'operation {{ type: "RmsNorm" input: "x" input: "gamma" output: "y" rms_norm_options {{ epsilon: {epsilon} }} }}\n'
                    + 'input: "x"\noutput: "y"\n')
            yield case.formula("RmsNorm", text, [x], [made], RMS)
    odd = np.array([[1, np.nan, 2], [np.inf, 1, -1], [0, 0, 0], [1e20, -1e20, 1]], F)
    gamma = np.array([1, 2, -1], F)
    wide = odd.astype(np.float64)
    with np.errstate(invalid="ignore"):
        made = (gamma * (wide / np.sqrt(np.mean(wide * wide, -1, keepdims=True) + np.float64(F(1e-6))))).astype(F)
    text = (operand("x", odd.shape) + operand("gamma", gamma.shape, gamma) + operand("y", odd.shape)
            + 'operation { type: "RmsNorm" input: "x" input: "gamma" output: "y" rms_norm_options { epsilon: 1e-6 } }\n'
            + 'input: "x"\noutput: "y"\n')
    yield case.formula("RmsNorm", text, [odd], [made], RMS)


def instance_norms(case):
    random = np.random.default_rng(3)
    for shape in ((1, 3, 4, 2), (2, 2, 2, 3), (1, 1, 1, 1), (3, 5, 1, 1)):
        for epsilon, width, activation in ((1e-5, shape[3], "NONE"), (0.5, shape[3], "RELU"), (1e-3, 1, "RELU6")):
            gamma, beta = (np.round(random.uniform(-2, 2, width), 3).astype(F) for _ in range(2))
            x = np.round(random.uniform(-3, 3, shape), 3).astype(F)
            wide = x.astype(np.float64)
            mean = wide.mean((1, 2), keepdims=True)
            made = gamma * (wide - mean) / np.sqrt(wide.var((1, 2), keepdims=True) + np.float64(F(epsilon))) + beta
            made = np.clip(made, 0, 6 if activation == "RELU6" else np.inf) if activation != "NONE" else made
            text = (operand("x", shape) + operand("gamma", gamma.shape, gamma) + operand("beta", beta.shape, beta) + operand("y", shape)
                    + 'operation { type: "InstanceNorm" input: "x" input: "gamma" input: "beta" output: "y" '
                    + f'instance_norm_options {{ epsilon: {epsilon} activation: {activation} }} }}\n' + 'input: "x"\noutput: "y"\n')
            yield case.formula("InstanceNorm", text, [x], [made.astype(F)], INSTANCE)


def ropes(case):
    random = np.random.default_rng(6)
    for shape in ((1, 2, 3, 4), (2, 1, 1, 8), (1, 1, 1, 2), (3, 2, 2, 6)):
        size, half = shape[-1], shape[-1] // 2
        angles = np.tile(random.uniform(0, 6, half), 2)
        for sin, cos in ((np.sin(angles), np.cos(angles)), (random.uniform(-1, 1, size), random.uniform(-1, 1, size))):
            sin, cos = (np.round(table, 4).astype(F) for table in (sin, cos))
            x = np.round(random.uniform(-3, 3, shape), 3).astype(F)
            turned = np.concatenate([-x[..., half:] * sin[:half], x[..., :half] * sin[half:]], -1)
            table = (1, 1, 1, size)
            text = (operand("x", shape) + operand("sin", table, sin) + operand("cos", table, cos) + operand("y", shape)
                    + 'operation { type: "RoPE" input: "x" input: "sin" input: "cos" output: "y" rope_options { mode: GPT_NEOX } }\n'
                    + 'input: "x"\noutput: "y"\n')
            yield case.formula("RoPE", text, [x], [(x * cos + turned).astype(F)], ROPE)


def variants(case):
    yield from rms_norms(case)
    yield from instance_norms(case)
    yield from ropes(case)
