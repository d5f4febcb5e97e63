#!/usr/bin/env python3
"""Calibrating a frozen graph for Ascend, as a user waits for it, beside LiteRT merely running the converted model.

    benches/amct/run.py [--rounds N] [--threads N] [--images 32|20]

EfficientNet-Lite0 on 32 photographs, one batch: the 20 of ../shared (QUANT_REFERENCE), and the first of them once more. Each round times LiteRT with XNNPACK on as
many images (random ones: their values do not change its time), and then the whole command `quant amct calibrate`: reading
the graph, decoding pictures, running, searching the ranges, and writing the files. The ratio is that of one round, so that
a change of the machine's speed hits both; beside seconds of the clock stand those of the processor, which other work on the machine
does not change. Needs ai-edge-litert (tools/python_env.sh). Where tools/tensorflow_env.sh was run, TensorFlow runs the graph itself on
as many images, one batch, in the same rounds.
"""
import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from beside_litert import MODELS, REPO, LiteRt, need_litert

QUANT = REPO / "target" / "release" / "quant"
TENSORFLOW = REPO / "target" / "tools" / "tensorflow"
OUTPUT = "EfficientNetLite0/Predictions/Reshape_1"

# Runs the graph once for each line that it gets, and answers with seconds of the clock and of the processor.
MERELY_RUNNING = """
import os, sys, time
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy, tensorflow as tf
path, output, images, threads = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
definition = tf.compat.v1.GraphDef()
definition.ParseFromString(open(path, "rb").read())
source, = [node.name for node in definition.node if node.op == "Placeholder"]
batch = numpy.random.default_rng(1).uniform(-1, 1, (images, 224, 224, 3)).astype(numpy.float32)
with tf.Graph().as_default() as graph:
    tf.import_graph_def(definition, name="")
config = tf.compat.v1.ConfigProto(intra_op_parallelism_threads=threads, inter_op_parallelism_threads=1)
session = tf.compat.v1.Session(graph=graph, config=config)
for _ in sys.stdin:
    clock, processor = time.perf_counter(), time.process_time()
    session.run(output + ":0", {source + ":0": batch})
    print(time.perf_counter() - clock, time.process_time() - processor, flush=True)
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--images", type=int, default=32, help="in the batch, up to 40")
    parser.add_argument("--quant", type=pathlib.Path, help="a program that is built already")
    args = parser.parse_args()
    need_litert()
    graph = (MODELS / "efficientnet_lite0_224" / "model.pb").resolve()
    pictures = MODELS.parent.resolve() / "reference" / "amct" / "images" / "validation-*"
    if not graph.exists():
        sys.exit(f"amct: {graph} is missing")
    if not args.quant:
        subprocess.run(["cargo", "build", "--release", "--quiet", "-p", "quant"], cwd=REPO, check=True)
    quant = args.quant or QUANT
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        model = folder / "net.tflite"
        # Files of records: one of 12 and one of 8 photographs, in the order of their names.
        for number, file in enumerate(sorted(pictures.parent.glob(pictures.name)) * (1 + (args.images > 20))):
            shutil.copyfile(file, folder / f"photographs-{number:05}-of-00004")
        subprocess.run([quant, "convert", graph, "-o", model], check=True, capture_output=True)
        litert = LiteRt(model, args.threads)
        command = [quant, "amct", "calibrate", graph, "--outputs", OUTPUT]
        command += ["--data", f"tfrecord:{folder}/photographs-*", "--batch-size", str(args.images), "--batch-num", "1"]
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
            return litert.time(args.images), time.process_time() - before

        peers = {"LiteRT": theirs}
        if (TENSORFLOW / "done.txt").exists():
            running = [TENSORFLOW / "bin" / "python", "-c", MERELY_RUNNING, graph, OUTPUT, str(args.images), str(args.threads)]
            pipe = subprocess.PIPE
            tensorflow = subprocess.Popen(running, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True)

            def merely():
                tensorflow.stdin.write("\n")
                tensorflow.stdin.flush()
                return tuple(map(float, tensorflow.stdout.readline().split()))

            peers["TensorFlow"] = merely
        rounds = []
        for _ in range(args.rounds + 1):
            rounds.append(([peer() for peer in peers.values()], ours()))
        rounds = rounds[1:]
    print("| peer | of | the peer, s | calibrate, s | ratio: min | median | max |")
    print("|---|---|---|---|---|---|---|")
    for at, peer in enumerate(peers):
        for number, name in enumerate(["the clock", "the processor"]):
            pairs = [(all[at][number], own[number]) for all, own in rounds]
            ratios = [b / a for a, b in pairs]
            a, b = (statistics.median(column) for column in zip(*pairs))
            print(
                f"| {peer} | {name} | {a:.3f} | {b:.3f} | {min(ratios):.2f} | {statistics.median(ratios):.2f} | {max(ratios):.2f} |"
            )
    print(f"\n{args.threads} threads; at most {max(peaks):.0f} MiB")


if __name__ == "__main__":
    main()
