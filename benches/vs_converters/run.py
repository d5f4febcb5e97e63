#!/usr/bin/env python3
"""Whole processes that quantize one network on its records: ours, TensorFlow's calibrator and quantizer, ai-edge-quantizer.

    benches/vs_converters/run.py [--model FLOAT.tflite] [--data FILE.npy] [--rounds N]

Needs tools/tensorflow_env.sh, and `cargo build --release`. Rounds alternate; wall time and peak memory of each process,
interpreter and imports included, as a user waits for it. Prints medians and the ratios within one round.
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

REPO = pathlib.Path(__file__).resolve().parent.parent.parent
SHARED = pathlib.Path(os.environ.get("QUANT_REFERENCE", REPO.parent / "shared"))
PYTHON = REPO / "target/tools/tensorflow/bin/python"
TENSORFLOW = """
import sys, numpy as np
from tensorflow.lite.python import convert
from tensorflow.lite.python.optimize import calibrator
model, data, out = open(sys.argv[1], "rb").read(), np.load(sys.argv[2]), sys.argv[3]
calibrated = calibrator.Calibrator(calibrator.add_intermediate_tensors(model)).calibrate(lambda: ([x[None]] for x in data))
open(out, "wb").write(convert.mlir_quantize(calibrated))
"""
# ai-edge-quantizer calibrates models with a signature only.
SIGN = """
import sys, flatbuffers
from tensorflow.lite.python import schema_py_generated as schema
model = schema.ModelT.InitFromPackedBuf(open(sys.argv[1], "rb").read(), 0)
graph = model.subgraphs[0]
if not model.signatureDefs:
    def named(numbers):
        made = []
        for at, number in enumerate(numbers):
            tensor = schema.TensorMapT()
            tensor.name, tensor.tensorIndex = f"t{at}", number
            made.append(tensor)
        return made
    signature = schema.SignatureDefT()
    signature.signatureKey, signature.subgraphIndex = "serving_default", 0
    signature.inputs, signature.outputs = named(graph.inputs), named(graph.outputs)
    model.signatureDefs = [signature]
builder = flatbuffers.Builder(1 << 20)
builder.Finish(model.Pack(builder), b"TFL3")
open(sys.argv[2], "wb").write(builder.Output())
"""
AEQ = """
import sys, numpy as np
from ai_edge_quantizer import quantizer, recipe
from ai_edge_litert.interpreter import Interpreter
model, data, out = sys.argv[1], np.load(sys.argv[2]), sys.argv[3]
made = quantizer.Quantizer(model, recipe.static_wi8_ai8())
signatures = Interpreter(model_path=model).get_signature_list()
key, names = next(iter(signatures.items()))
ranges = made.calibrate({key: [{names["inputs"][0]: x[None]} for x in data]})
made.quantize(ranges).export_model(out, overwrite=True)
"""


def run(command: list) -> tuple[float, float]:
    """Seconds, and MiB of peak memory."""
    begin = time.monotonic()
    child = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    error = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - begin
    if status:
        sys.exit(f"{command[0]} failed:\n{error.decode()[-2000:]}")
    return wall, usage.ru_maxrss / 1024


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        quant = REPO / "target/release/quant"
        files = [options.model, options.data, folder / "made.tflite"]
        ours = [quant, "run", options.model, "--data", options.data, "--no-check", "-o", folder / "ours.tflite"]
        programs = {"quant": ours, "quant, with the check of outputs": [part for part in ours if part != "--no-check"]}
        if PYTHON.exists():
            programs["TensorFlow, calibrate and mlir_quantize"] = [PYTHON, "-c", TENSORFLOW, *files]
            signed = folder / "signed"
            run([PYTHON, "-c", SIGN, options.model, signed])
            programs["ai-edge-quantizer, static_wi8_ai8"] = [PYTHON, "-c", AEQ, signed, *files[1:]]
        else:
            print("only ours: tools/tensorflow_env.sh was not run")
        taken = {name: [] for name in programs}
        for _ in range(options.rounds):
            for name, command in programs.items():
                for file in folder.glob("*.tflite"):
                    file.unlink()
                taken[name].append(run(command))
        print("| program | s | MiB | times ours | memory of ours |\n|---|---|---|---|---|")
        for name, rounds in taken.items():
            seconds, memory = (statistics.median(each) for each in zip(*rounds))
            slower = statistics.median(theirs[0] / mine[0] for theirs, mine in zip(rounds, taken["quant"]))
            larger = statistics.median(theirs[1] / mine[1] for theirs, mine in zip(rounds, taken["quant"]))
            print(f"| {name} | {seconds:.3f} | {memory:.0f} | {slower:.1f} | {larger:.1f} |")


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--model", type=pathlib.Path, default=SHARED / "models/mobilenetv2_160_float32.tflite")
parser.add_argument("--data", type=pathlib.Path, default=SHARED / "models/mobilenetv2_160_calibration.npy")
parser.add_argument("--rounds", type=int, default=5)
options = parser.parse_args()
main()
