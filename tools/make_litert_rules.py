#!/usr/bin/env python3
"""Asks LiteRT which operators it has in which types, and what it computes: quant-core/src/runtime/litert.tsv.

    tools/make_litert_rules.py [--check]

With --check, only tells whether the committed table is what this LiteRT does. Each row is an operator in one type of
its activations (and of its weights), built as a model of its own (tools/litert_operators.py). It runs in the three
ways that LiteRT has: as it comes (with XNNPACK), without delegates, and with the reference kernels. What it computes is
compared with the float operator on the very same numbers, the quantized ones as floats. The answers:

    any              right, whatever the scales of inputs and outputs
    same             right only if all activations have one scale and zero point
    fixed S Z        right, of those tried, only if the outputs have this scale and zero point
    wrong            it runs, and is not right in any of these
    none             the model is refused

`versions` are those of the operator's code that are taken. Needs the packages of tools/requirements.txt.
"""
import importlib.metadata
import multiprocessing
import os
import pathlib
import sys

import numpy as np

from litert_operators import OPERATORS
from vector_models import Net

TABLE = pathlib.Path(__file__).resolve().parent.parent / "quant-core/src/runtime/litert.tsv"
ACTIVATIONS = ["FLOAT32", "INT8", "UINT8", "INT16"]
# Operators between two types, which are written `uint8>int16`.
BETWEEN = {"QUANTIZE": [(a, b) for a in ACTIVATIONS for b in ACTIVATIONS[1:]],
           "DEQUANTIZE": [(a, "FLOAT32") for a in ACTIVATIONS[1:]]}
WEIGHTS = ["FLOAT32", "INT4 tensor", "INT4 channel", "INT8 tensor", "INT8 channel", "UINT8 tensor", "UINT8 channel",
           "INT16 tensor", "INT16 channel"]
WEIGHTED = {"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV"}
WAYS = ["default", "plain", "reference"]
LIMITS = {"INT4": (-7, 7), "INT8": (-128, 127), "UINT8": (0, 255), "INT16": (-32767, 32767)}
# What TensorFlow Lite's specification of quantization gives softmax, logistic, tanh, log-softmax and L2 normalization.
FIXED = {"INT8": [(1 / 256, -128), (1 / 128, 0), (1 / 16, 127)], "UINT8": [(1 / 256, 0), (1 / 128, 128), (1 / 16, 255)],
         "INT16": [(1 / 32768, 0)], "FLOAT32": []}
HIGHEST_VERSION = 20


def parameters(dtype, low, high):
    """Scale and zero point of a range; int16 and weights of int4 and int8 are symmetric."""
    low, high, (first, last) = min(low, 0.0), max(high, 0.0), LIMITS[dtype]
    if dtype == "INT16":
        return np.float32(max(-low, high) / last), 0
    scale = np.float32((high - low) / (last - first))
    return scale, int(np.clip(round(first - low / scale), first, last))


class Case:
    """A model of one operator. `params`: scale and zero point of each activation, in the order of the calls, in place of
    those of its range; `reals`: what constants are in a float model, in place of what the operator says."""

    def __init__(self, name, act, weights="FLOAT32", params=None, reals=None, version=None):
        self.net, self.kind, self.params, self.version = Net(), weights, params, version
        self.act, self.out = (act.split(">") * 2)[:2]
        self.given, self.reals = reals, []
        self.graph = self.net.graph()
        self.ranges, self.fed, self.results, self.operands, self.places = [], [], [], [], {}
        OPERATORS[name](self, name)

    def quant(self, dtype, low, high):
        self.ranges.append((low, high))
        if dtype == "FLOAT32":
            return None
        given = self.params and self.params[len(self.ranges) - 1]
        return given or parameters(dtype, low, high)

    def activation(self, dtype, shape, low, high, data=None):
        quant = self.quant(dtype, low, high)
        lists = quant and ([float(quant[0])], [quant[1]])
        it = self.graph.tensor(shape, dtype, data if quant is None else self.stored(data, quant), lists)
        self.places[it] = quant
        return it

    def stored(self, data, quant):
        if data is None:
            return None
        integers = np.clip(np.round(data / quant[0]) + quant[1], *LIMITS[self.act]).astype(self.act.lower())
        self.reals[-1] = (integers.astype(np.float64) - quant[1]) * np.float64(quant[0])
        return integers

    def input(self, shape, low=-2.0, high=1.6):
        it = self.activation(self.act, shape, low, high)
        self.graph.it.inputs.append(it)
        self.fed.append((shape, low, high, self.places[it]))
        return it

    def bools(self, shape):
        self.fed.append((shape, None, None, None))
        return self.graph.input(shape, "BOOL")

    def ints(self, numbers):
        return self.graph.const(np.array(numbers, np.int32))

    def real(self, array):
        """A constant's floats: its own, or those that are given."""
        self.reals.append(np.asarray(array, np.float64))
        return self.reals[-1] if self.given is None else self.given[len(self.reals) - 1]

    def constant(self, array):
        array = self.real(array)
        return self.activation(self.act, array.shape, float(array.min()), float(array.max()), array)

    def weights(self, array, axis):
        array = self.real(array)
        if self.kind == "FLOAT32":
            self.scales = None
            return self.graph.tensor(array.shape, "FLOAT32", array)
        dtype, granularity = self.kind.split()
        channels = range(array.shape[axis]) if granularity == "channel" else [slice(None)]
        scales, zeros, integers = [], [], np.zeros(array.shape, np.int64)
        for channel in channels:
            part = (slice(None),) * axis + (channel,)
            low, high = min(array[part].min(), 0.0), max(array[part].max(), 0.0)
            if dtype == "UINT8":
                scale, zero = parameters(dtype, low, high)
            else:
                scale, zero = np.float32(max(-low, high) / min(LIMITS[dtype][1], 32767)), 0
            integers[part] = np.clip(np.round(array[part] / scale) + zero, *LIMITS[dtype])
            self.reals[-1][part] = (integers[part] - zero) * np.float64(scale)
            scales.append(float(scale))
            zeros.append(zero)
        self.scales = scales
        raw = integers.astype("uint8" if dtype == "INT4" else dtype.lower())
        if dtype == "INT4":
            flat = np.append(raw.ravel() & 15, np.zeros(raw.size % 2, np.uint8))
            raw = (flat[0::2] | (flat[1::2] << 4)).astype(np.uint8).tobytes()
        return self.graph.tensor(array.shape, dtype, raw, (scales, zeros, axis))

    def bias(self, array):
        array = self.real(array)
        if self.act == "FLOAT32" or self.scales is None:
            return self.graph.tensor(array.shape, "FLOAT32", array)
        scales = np.float32(self.fed[0][3][0]) * np.array(self.scales, np.float32)
        integers = np.round(array / scales)
        self.reals[-1] = integers * scales.astype(np.float64)
        dtype = "INT64" if self.act == "INT16" else "INT32"
        return self.graph.tensor(array.shape, dtype, integers, (scales.tolist(), [0] * len(scales)))

    def op(self, code, inputs, shapes, options=None, result=None, version=1, list_of=False):
        self.operands = ["*"] if list_of else [str(at) for at, it in enumerate(inputs) if it in self.places]
        results = result if isinstance(result, list) else [result] * len(shapes)
        outputs = []
        for shape, kind in zip(shapes, results):
            outputs.append(self.graph.tensor(shape, kind) if kind else self.activation(self.out, shape, -1.0, 1.0))
            self.results.append(kind or self.places[outputs[-1]])
        self.graph.op(code, inputs, outputs, options, version=self.version or version)
        self.graph.output(*outputs)


def run(case, way, data):
    """The outputs; raises what LiteRT raises."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    kinds = {"default": OpResolverType.AUTO, "plain": OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
             "reference": OpResolverType.BUILTIN_REF}
    runtime = Interpreter(model_content=case.net.bytes(), experimental_op_resolver_type=kinds[way])
    runtime.allocate_tensors()
    if data is None:
        return None
    for detail, value in zip(runtime.get_input_details(), data):
        runtime.set_tensor(detail["index"], value)
    runtime.invoke()
    return [runtime.get_tensor(detail["index"]) for detail in runtime.get_output_details()]


def records(case):
    """Integers of each input, and the floats that they stand for. Few different ones, so that some are equal."""
    random, stored, reals = np.random.default_rng(3), [], []
    for shape, low, high, quant in case.fed:
        if low is None:
            stored.append(random.integers(0, 2, shape).astype(bool))
            reals.append(stored[-1])
            continue
        values = random.uniform(low, high, 40)[random.integers(0, 40, shape)].astype(np.float32)
        if quant:
            integers = np.clip(np.round(values / quant[0]) + quant[1], *LIMITS[case.act]).astype(case.act.lower())
            stored.append(integers)
            values = ((integers.astype(np.float64) - quant[1]) * np.float64(quant[0])).astype(np.float32)
        else:
            stored.append(values)
        reals.append(values)
    return stored, reals


def right(case, got, wanted):
    for kind, got, wanted in zip(case.results, got, wanted):
        if kind in ("BOOL", "INT32"):
            if np.mean(got == wanted) < 0.97:
                return False
            continue
        if isinstance(kind, tuple):
            first, last = LIMITS[case.out]
            low, high = (np.float64(kind[0]) * (end - kind[1]) for end in (first, last))
            got, wanted = (got.astype(np.float64) - kind[1]) * np.float64(kind[0]), np.clip(wanted, low, high)
        extent = max(float(np.ptp(wanted)), 1e-6)
        error = np.abs(got - wanted)
        if not error.mean() <= 0.02 * extent or not error.max() <= 0.15 * extent:
            return False
    return True


def trials(name, act):
    """Pairs of an answer and the parameters that it stands for."""
    source, target = (act.split(">") * 2)[:2]
    if name in BETWEEN:
        made = parameters(target, -2.5, 2.0) if target != "FLOAT32" else None
        given = parameters(source, -2.0, 1.6) if source != "FLOAT32" else None
        return [("any", [given, made]), ("same", [made or given] * 2)]
    plain = Case(name, "FLOAT32")
    _, reals = records(plain)
    ranges, outs = list(plain.ranges), [kind for kind in plain.results if kind is None]
    made = [out for kind, out in zip(plain.results, run(plain, "plain", reals)) if kind is None]
    inner = len(ranges) - len(outs)
    for at, out in enumerate(made):
        ranges[inner + at] = (1.4 * float(min(out.min(), 0)), 1.25 * float(max(out.max(), 0)))
    if act == "FLOAT32":
        return [("any", None)]
    free = [parameters(act, *pair) for pair in ranges]
    whole = parameters(act, min(low for low, _ in ranges), max(high for _, high in ranges))
    both = [("any", free), ("same", [whole] * len(ranges))]
    return both + [(f"fixed {scale:.9g} {zero}", free[:inner] + [(np.float32(scale), zero)] * len(outs))
                   for scale, zero in FIXED[act]]


def answers(name, act, weights):
    """One answer for each way, and the versions."""
    found, ran = {}, {}
    for answer, params in trials(name, act):
        case = Case(name, act, weights, params)
        stored, reals = records(case)
        wanted = reals if name in BETWEEN else run(Case(name, "FLOAT32", reals=case.reals), "plain", reals)
        for way in WAYS:
            if found.get(way, "wrong") not in ("wrong", "none"):
                continue
            try:
                got = run(case, way, stored)
            except (RuntimeError, ValueError):
                found.setdefault(way, "none")
                continue
            ran[way] = params
            found[way] = answer if right(case, got, wanted) else "wrong"
    taken = []
    for version in range(1, HIGHEST_VERSION + 1) if "plain" in ran else ():
        try:
            run(Case(name, act, weights, ran["plain"], version=version), "plain", None)
            taken.append(version)
        except (RuntimeError, ValueError):
            pass
    assert taken == list(range(taken[0], taken[-1] + 1)) if taken else True, (name, act, taken)
    return [found[way] for way in WAYS], f"{taken[0]}-{taken[-1]}" if taken else "-"


def rows(name):
    """All rows of one operator."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # LiteRT says there what it refuses
    lines = []
    kinds = [f"{a}>{b}" for a, b in BETWEEN[name]] if name in BETWEEN else ACTIVATIONS
    for act in kinds:
        for weights in WEIGHTS if name in WEIGHTED else ["FLOAT32"]:
            operands = ",".join(Case(name, act, weights).operands)
            ways, versions = answers(name, act, weights)
            kind = weights.lower() if name in WEIGHTED else "-"
            lines.append("\t".join([name, operands, act.lower(), kind, versions, *ways]))
    return lines


def table():
    with multiprocessing.get_context("spawn").Pool(2, maxtasksperchild=8) as pool:
        lines = sum(pool.map(rows, OPERATORS, chunksize=1), [])
    version = importlib.metadata.version("ai-edge-litert")
    head = [f"# What ai-edge-litert {version} runs, measured by tools/make_litert_rules.py, which says what the words mean.",
            "# operator\tactivation inputs\tactivations\tweights\tversions\t" + "\t".join(WAYS)]
    return "\n".join(head + lines) + "\n"


def main():
    made = table()
    if "--check" not in sys.argv[1:]:
        TABLE.parent.mkdir(exist_ok=True)
        TABLE.write_text(made)
        print(f"{TABLE.name}: {made.count(chr(10)) - 2} rows")
        return
    kept, new = TABLE.read_text().splitlines(), made.splitlines()
    for old in sorted(set(kept) - set(new)):
        print(f"committed: {old}")
    for line in sorted(set(new) - set(kept)):
        print(f"measured:  {line}")
    print(f"{TABLE.name}: {len(new) - 2} rows, {'as committed' if kept == new else 'NOT as committed'}")
    sys.exit(kept != new)


if __name__ == "__main__":
    main()
