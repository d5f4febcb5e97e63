#!/usr/bin/env python3
"""Calibrating a frozen graph for Ascend, as a user waits for it, beside LiteRT merely running the converted model.

    benches/amct/run.py [--rounds N] [--threads N]

EfficientNet-Lite0 on the 20 photographs of ../shared (QUANT_REFERENCE), one batch. Each round times LiteRT with XNNPACK on as
many images (random ones: their values do not change its time), and then the whole command `quant amct calibrate`: reading
the graph, decoding pictures, running, searching the ranges, and writing the files. The ratio is that of one round, so that
a change of the machine's speed hits both; beside seconds of the clock stand those of the processor, which other work on the machine
does not change. Needs ai-edge-litert (tools/python_env.sh).
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from beside_litert import MODELS, REPO, LiteRt, need_litert

QUANT = REPO / "target" / "release" / "quant"
IMAGES = 20


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    need_litert()
    graph = (MODELS / "efficientnet_lite0_224" / "model.pb").resolve()
    pictures = MODELS.parent.resolve() / "reference" / "amct" / "images" / "validation-*"
    if not graph.exists():
        sys.exit(f"amct: {graph} is missing")
    subprocess.run(["cargo", "build", "--release", "--quiet", "-p", "quant"], cwd=REPO, check=True)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        model = folder / "net.tflite"
        subprocess.run([QUANT, "convert", graph, "-o", model], check=True, capture_output=True)
        litert = LiteRt(model, args.threads)
        command = [QUANT, "amct", "calibrate", graph, "--outputs", "EfficientNetLite0/Predictions/Reshape_1"]
        command += ["--data", f"tfrecord:{pictures}", "--batch-size", str(IMAGES), "--batch-num", "1"]
        command += ["--crop", "0.875", "--resize", "tf1-bilinear", "--scale", "1/128", "--mean", "0.9921875"]
        command += ["--threads", str(args.threads), "-o", folder / "out"]

        peaks = []

        def ours():
            started = time.perf_counter()
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            _, status, usage = os.wait4(process.pid, 0)
            if status:
                sys.exit("amct: quant amct calibrate failed: " + " ".join(map(str, command)))
            peaks.append(usage.ru_maxrss / 1024)
            return time.perf_counter() - started, usage.ru_utime + usage.ru_stime

        def theirs():
            before = time.process_time()
            return litert.time(IMAGES), time.process_time() - before

        theirs(), ours()
        rounds = [(theirs(), ours()) for _ in range(args.rounds)]
    print("| of | LiteRT, s | calibrate, s | ratio: min | median | max |")
    print("|---|---|---|---|---|---|")
    for number, name in enumerate(["the clock", "the processor"]):
        pairs = [(a[number], b[number]) for a, b in rounds]
        ratios = [b / a for a, b in pairs]
        a, b = (statistics.median(column) for column in zip(*pairs))
        print(f"| {name} | {a:.3f} | {b:.3f} | {min(ratios):.2f} | {statistics.median(ratios):.2f} | {max(ratios):.2f} |")
    print(f"\n{args.threads} threads; at most {max(peaks):.0f} MiB")


if __name__ == "__main__":
    main()
