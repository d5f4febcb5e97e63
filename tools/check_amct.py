#!/usr/bin/env python3
"""What `quant amct` writes, imported and run by TensorFlow.

    tools/check_amct.py QUANT [REFERENCE]

Needs tools/tensorflow_env.sh. Graphs of this repository (`recipes/Amct_*`) and of REFERENCE/amct are calibrated, or converted where
they were trained with FakeQuant nodes. TensorFlow imports the results, with Ascend's four operators as functions in NumPy of
their published definitions, everything else as it stands in the file, and runs them on one batch. `quant infer` runs the same
file. Every element is compared: those that have other bits are counted, and those that are further apart than FAR of the greatest,
of which there may be none. Sums of whole numbers are exact; a float operator (a softmax, a layer left float) may round its last
bits otherwise. Ends with `amct: G graphs, E elements, B other bits, F far`.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import numpy as np
import tensorflow as tf
from google.protobuf import text_format

FAR = 1e-5


def f32(x):
    return np.float32(x)


def half_away(x):
    # In f64, where adding a half is exact.
    return (np.sign(x) * np.floor(np.abs(x.astype(np.float64)) + 0.5)).astype(np.float32)


def ascend_quant(node):
    scale, offset = f32(node.attr["scale"].f), f32(node.attr["offset"].f)
    return lambda x: np.clip(half_away(x * scale) + offset, f32(-128), f32(127)) - offset


def ascend_weight_quant(node):
    return lambda weights, offset: (weights.astype(np.int16) - offset.astype(np.int16)).astype(np.float32)


def ascend_anti_quant(node):
    scale = f32(node.attr["scale"].f)
    return lambda x: x * scale


def ascend_dequant(node):
    window = [max(1, size) for size in node.attr["ksize"].list.i]
    area = f32(np.prod(window)) if window else f32(1)
    first = node.attr["data_format"].s == b"NCHW"

    def run(x, words):
        scale = (words & np.uint64(0xFFFFFFFF)).astype(np.uint32).view(np.float32)
        if words.ravel().size and ((words >> np.uint64(32)) & np.uint64(0xFF)).any():
            raise ValueError("a shift, which nothing here writes")
        if scale.size > 1 and first:
            scale = scale.reshape([1, -1] + [1] * (x.ndim - 2))
        return x * scale if area == 1 else x * area * scale / area

    return run


FUNCTIONS = {
    "AscendQuant": (ascend_quant, [tf.float32]),
    "AscendWeightQuant": (ascend_weight_quant, [tf.int8, tf.int8]),
    "AscendDequant": (ascend_dequant, [tf.float32, tf.uint64]),
    "AscendAntiQuant": (ascend_anti_quant, [tf.float32]),
}


class Imported:
    """A graph in TensorFlow, Ascend's nodes replaced by functions."""

    def __init__(self, definition):
        self.graph, self.ascend = tf.Graph(), 0
        with self.graph.as_default():
            stubs = tf.compat.v1.GraphDef()
            for node in definition.node:
                new = stubs.node.add()
                new.CopyFrom(node)
                if node.op not in FUNCTIONS:
                    continue
                make, types = FUNCTIONS[node.op]
                place = [tf.compat.v1.placeholder(kind) for kind in types]
                function = tf.compat.v1.py_func(make(node), place, tf.float32, stateful=False)
                made = function.op.node_def
                new.op = made.op
                new.attr.clear()
                for name, value in made.attr.items():
                    new.attr[name].CopyFrom(value)
                self.ascend += 1
            stubs.library.CopyFrom(definition.library)
            stubs.versions.CopyFrom(definition.versions)
            tf.import_graph_def(stubs, name="net")

    def run(self, outputs, feeds):
        with tf.compat.v1.Session(graph=self.graph) as session:
            feeds = {f"net/{name}:0": value for name, value in feeds.items()}
            return session.run([f"net/{name}:0" for name in outputs], feeds)


def read(path):
    definition = tf.compat.v1.GraphDef()
    if path.suffix == ".pbtxt":
        text_format.Parse(path.read_text(), definition)
    else:
        definition.ParseFromString(path.read_bytes())
    return definition


def batch_of(definition, folder):
    """A batch for the inputs of a graph: the reference's, or random numbers."""
    random = np.random.default_rng(1)
    feeds = {}
    for node in definition.node:
        if node.op != "Placeholder":
            continue
        if (folder / "input.npy").exists():
            feeds[node.name] = np.load(folder / "input.npy").astype(np.float32)
            continue
        sizes = [dim.size if dim.size > 0 else 4 for dim in node.attr["shape"].shape.dim]
        feeds[node.name] = random.uniform(-2, 2, sizes).astype(np.float32)
    return feeds


def outputs_of(definition):
    """Nodes that depend on an input, and that nobody reads."""
    inputs = {node.name: [one.lstrip("^").split(":")[0] for one in node.input] for node in definition.node}
    read_by = {one for names in inputs.values() for one in names}
    reached = {node.name for node in definition.node if node.op == "Placeholder"}
    size = 0
    while size != len(reached):
        size = len(reached)
        reached |= {name for name, names in inputs.items() if reached.intersection(names)}
    return [name for name in inputs if name in reached and name not in read_by]


def ran(quant, *words):
    result = subprocess.run([quant, *map(str, words)], capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"amct: quant {' '.join(map(str, words))}:\n{result.stdout}{result.stderr}")
    return result.stdout


def compare(quant, path, work):
    """Elements, those of other bits, and those that are far apart, of one graph; nothing where there is nothing to quantize."""
    definition = read(path)
    feeds = batch_of(definition, path.parent)
    if len(feeds) != 1:
        sys.exit(f"amct: {path} has {len(feeds)} inputs")
    (name, batch), = feeds.items()
    trained = any(node.op.startswith("FakeQuant") for node in definition.node)
    np.save(work / "whole.npy", batch[None])
    prefix = work / "out"
    shape = ",".join(map(str, batch.shape))
    if trained:
        ran(quant, "amct", "convert-qat", path, "-o", prefix)
    else:
        ran(quant, "amct", "calibrate", path, "--data", work / "whole.npy", "--input-shape", f"{name}:{shape}", "-o", prefix)
    written = read(work / "out_quantized.pb")
    imported = Imported(written)
    if any(node.attr["data_format"].s == b"NCHW" for node in written.node if "data_format" in node.attr):
        print(f"{path.parent.name}: imported; TensorFlow has no kernels for NCHW on a processor")
        return 0, 0, 0
    outputs = outputs_of(written)
    theirs = imported.run(outputs, feeds)
    elements = bits = far = 0
    for output, value in zip(outputs, theirs):
        ran(quant, "infer", work / "out_quantized.pb", "--outputs", output, "--input-shape", f"{name}:{shape}",
            "--data", work / "whole.npy", "-o", work / "infer")
        made = list((work / "infer").glob("*.npy"))
        mine = np.load(made[0]).reshape(value.shape)
        made[0].unlink()
        apart = np.abs(mine.astype(np.float64) - value)
        elements += value.size
        bits += int((mine.view(np.int32) != value.view(np.int32)).sum())
        far += int((apart > FAR * np.abs(value).max()).sum())
    print(f"{path.parent.name}: {imported.ascend} Ascend nodes, {elements} elements, {bits} other bits, {far} far")
    return elements, bits, far


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("quant", type=pathlib.Path)
    parser.add_argument("reference", type=pathlib.Path, nargs="?")
    options = parser.parse_args()
    repository = pathlib.Path(__file__).resolve().parent.parent
    paths = sorted(repository.glob("recipes/Amct_*/graph.pbtxt"))
    if options.reference:
        folder = options.reference / "amct"
        paths += sorted(folder.glob("graphs/*/model.pb")) + sorted(folder.glob("qat/*/model.pb"))
        paths.append(folder / "mobilenetv2_160" / "model.pb")
    totals = np.zeros(3, int)
    for path in paths:
        with tempfile.TemporaryDirectory() as work:
            totals += compare(options.quant.resolve(), path, pathlib.Path(work))
    elements, bits, far = totals
    print(f"amct: {len(paths)} graphs, {elements} elements, {bits} other bits, {far} far")
    if far or not elements:
        sys.exit(1)


main()
