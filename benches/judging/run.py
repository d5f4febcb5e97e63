#!/usr/bin/env python3
"""Judging models: `quant accuracy` and `quant sensitivity` beside the same loops with LiteRT in Python, in turn.

    benches/judging/run.py QUANT [REFERENCE] [--rounds N] [--threads N] [--records N]

Each round times ours and then LiteRT's, whole loops, so that a change of the machine's speed hits both. Ours is the whole process;
of LiteRT's the start of Python and the import are left out.

- accuracy: the int8 model of `reference/accuracy/mobilenet_tiny` on its 2,000 images; in Python one image after the other.
- sensitivity: each operator of `models/mobilenetv2_160_float32.tflite` in the same measures on 32 records. LiteRT runs whole models, so
  that each operator and measure is a model of its own: restored (`quant run --float name:TENSOR` makes it), alone (all other
  operators float), and its weights, its inputs, its output alone (`models.py`; these end with the operator). Their making is
  shown by itself, as a user has to wait for it, too; ranges are recorded once before. In Python outputs are made, and not compared.
"""
import argparse
import json
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from beside_litert import MODELS, need_litert


class Time:
    """Seconds of the clock, and of the processor: all threads, and the processes that were waited for."""

    def __init__(self, clock=0.0, processor=0.0):
        self.clock, self.processor = clock, processor

    @classmethod
    def now(cls):
        used = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
        return cls(time.perf_counter(), sum(one.ru_utime + one.ru_stime for one in used))

    def __add__(self, other):
        return Time(self.clock + other.clock, self.processor + other.processor)

    def __sub__(self, other):
        return Time(self.clock - other.clock, self.processor - other.processor)


def timed(work):
    start = Time.now()
    result = work()
    return Time.now() - start, result


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


def tell(what, ours, theirs):
    """Medians of the rounds: seconds and how many times as fast, by the processor and by the clock."""
    cells = []
    for by in ("processor", "clock"):
        a, b = ([getattr(one, by) for one in side] for side in (ours, theirs))
        ratio = statistics.median(theirs / ours for ours, theirs in zip(a, b))
        cells.append(f"{statistics.median(a):8.2f} {statistics.median(b):8.2f} {ratio:7.2f}")
    print(f"{what:34} {'   '.join(cells)}", flush=True)


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
        of_litert, outputs = timed(lambda: litert(model, [image[None] for image in images]))
        theirs.append(of_litert)
    right = sum(int(output.argmax()) == label for output, label in zip(outputs, labels))
    tell(f"accuracy, {len(images)} images ({right} right)", ours, theirs)


def sensitivity(work, np):
    float_model, data = MODELS / "mobilenetv2_160_float32.tflite", MODELS / "mobilenetv2_160_calibration.npy"
    records = np.load(data)[: options.records]
    np.save(work / "records.npy", records)
    plain = work / "plain.tflite"
    recording = work / "ranges.qstat"
    quant("record", float_model, "--data", data, "-o", recording)
    quant("run", float_model, "--recording", recording, "-o", plain, "--no-check")
    line = ["sensitivity", float_model, plain, "--data", work / "records.npy", "--records", 0, "--threads", options.threads]
    layers = json.loads(quant(*line, "--json", "-"))["layers"]
    layers = sorted((layer["operator"], layer["name"]) for layer in layers if layer["operator"] is not None)
    making = make_models(work, float_model, recording, plain, layers)
    images = [record[None] for record in records]
    loop = lambda measure: [litert(work / f"{measure}.{operator}.tflite", images) for operator, _ in layers]
    asked = {"restored": ["restored"], "alone": ["alone"], "added": PARTS, "restored,alone,added": ["restored", "alone", *PARTS]}
    ours, theirs = {measures: [] for measures in asked}, {measure: [] for measure in making}
    for _ in range(options.rounds):
        for measures, times in ours.items():
            times.append(timed(lambda: quant(*line, "--measures", measures))[0])
        for measure, times in theirs.items():
            times.append(timed(lambda: loop(measure))[0])
    print(f"sensitivity, {len(layers)} operators, {len(records)} records")
    for measures, loops in asked.items():
        sums = [sum(times, Time()) for times in zip(*(theirs[measure] for measure in loops))]
        tell(f"  {measures}", ours[measures], sums)
        sums = [one + sum((making[measure] for measure in loops), Time()) for one in sums]
        tell("    with their models made", ours[measures], sums)


PARTS = ["weights", "inputs", "output"]


def make_models(work, float_model, recording, plain, layers):
    """How long the models of each measure take to make."""
    from models import Layers

    times = {measure: Time() for measure in ["restored", "alone", *PARTS]}
    parts = Layers(float_model, plain)
    for operator, name in layers:
        others = [word for _, other in layers if other != name for word in ("--float", f"name:{other}")]
        for measure in times:
            path = work / f"{measure}.{operator}.tflite"
            if measure in PARTS:
                work_on_it = lambda: parts.make(operator, measure, path)
            else:
                kept = ["--float", f"name:{name}"] if measure == "restored" else others
                work_on_it = lambda: quant("run", float_model, "--recording", recording, "-o", path, "--no-check", *kept)
            times[measure] += timed(work_on_it)[0]
    return times


def main():
    need_litert()
    import numpy as np

    print(f"{'':34} {'seconds of the processor':^25}   {'of the clock':^25}")
    print(f"{'':34} " + "   ".join(2 * [f"{'ours':>8} {'LiteRT':>8} {'times':>7}"]))
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
