#!/usr/bin/env python3
"""Judging models: `quant accuracy` and `quant sensitivity` beside the same loops with LiteRT in Python, in turn.

    benches/judging/run.py QUANT [REFERENCE] [--rounds N] [--threads N] [--records N]

Each round times ours and then LiteRT's, whole loops, so that a change of the machine's speed hits both. Ours is the whole process;
of LiteRT's the start of Python and the import are left out.

- accuracy: the int8 model of `reference/accuracy/mobilenet_tiny` on its 2,000 images; in Python one image after the other.
- sensitivity: each operator of `models/mobilenetv2_160_float32.tflite` restored, on 32 records. In Python that is a model for each
  operator (`quant run --float name:TENSOR` makes it, as any quantizer would have to: that time is shown by itself) that runs on
  the records, and no alone, no added, no ablation.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from beside_litert import MODELS, need_litert


def timed(work):
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def quant(*words):
    done = subprocess.run([options.quant, *map(str, words)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"quant {' '.join(map(str, words))}: {done.stderr}")
    return done.stdout


def litert(model, records):
    """All outputs of a model, record by record."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(model), num_threads=options.threads)
    interpreter.allocate_tensors()
    first, last = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]
    outputs = []
    for record in records:
        interpreter.set_tensor(first, record)
        interpreter.invoke()
        outputs.append(interpreter.get_tensor(last).copy())
    return outputs


def tell(what, ratios, ours, theirs):
    print(f"{what:34} {statistics.median(ours):8.2f} s {statistics.median(theirs):8.2f} s {statistics.median(ratios):7.2f} x")


def accuracy(work, np):
    data = options.reference / "reference/accuracy"
    images = (np.load(data / "data_mnist/test_images.npy") / 255).astype(np.float32)
    labels = np.load(data / "data_mnist/test_labels.npy").astype(np.int64)
    np.save(work / "images.npy", images), np.save(work / "labels.npy", labels)
    model = work / "tiny.tflite"
    quant("run", data / "mobilenet_tiny/model.tflite", "--data", data / "data_mnist/calibration.npy", "-o", model, "--no-check")
    ours, theirs = [], []
    for _ in range(options.rounds):
        ours.append(timed(lambda: quant("accuracy", model, "--data", work / "images.npy", "--labels", work / "labels.npy",
                                        "--threads", options.threads))[0])
        seconds, outputs = timed(lambda: litert(model, [image[None] for image in images]))
        theirs.append(seconds)
    right = sum(int(output.argmax()) == label for output, label in zip(outputs, labels))
    tell(f"accuracy, {len(images)} images ({right} right)", [b / a for a, b in zip(ours, theirs)], ours, theirs)


def sensitivity(work, np):
    float_model, data = MODELS / "mobilenetv2_160_float32.tflite", MODELS / "mobilenetv2_160_calibration.npy"
    records = np.load(data)[: options.records]
    np.save(work / "records.npy", records)
    plain = work / "plain.tflite"
    quant("run", float_model, "--data", data, "-o", plain, "--no-check")
    line = ["sensitivity", float_model, plain, "--data", work / "records.npy", "--records", 0, "--threads", options.threads]
    layers = json.loads(quant(*line, "--json", "-"))["layers"]
    names = [layer["name"] for layer in layers if layer["operator"] is not None]
    making = 0
    for at, name in enumerate(names):
        making += timed(lambda: quant("run", float_model, "--data", data, "-o", work / f"{at}.tflite", "--no-check",
                                      "--float", f"name:{name}"))[0]
    ours, added, theirs = [], [], []
    for _ in range(options.rounds):
        ours.append(timed(lambda: quant(*line))[0])
        added.append(timed(lambda: quant(*line, "--added"))[0])
        theirs.append(timed(lambda: [litert(work / f"{at}.tflite", [r[None] for r in records]) for at in range(len(names))])[0])
    what = f"{len(names)} operators, {len(records)} records"
    tell(f"sensitivity, {what}", [b / a for a, b in zip(ours, theirs)], ours, theirs)
    whole = [seconds + making for seconds in theirs]
    tell("  with making their models", [b / a for a, b in zip(ours, whole)], ours, whole)
    tell("  --added", [b / a for a, b in zip(added, theirs)], added, theirs)


def main():
    need_litert()
    import numpy as np

    print(f"{'':34} {'ours':>10} {'LiteRT':>10} {'ratio':>9}")
    with tempfile.TemporaryDirectory() as work:
        accuracy(pathlib.Path(work), np)
        sensitivity(pathlib.Path(work), np)


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("quant")
parser.add_argument("reference", nargs="?", type=pathlib.Path, default=MODELS.parent)
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--records", type=int, default=32)
options = parser.parse_args()
main()
