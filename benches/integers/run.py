#!/usr/bin/env python3
"""Quantized models in integers here, beside LiteRT in its three forms, one thread, in one run.

    benches/integers/run.py [MODEL.tflite ...] [--rounds N] [--runtime NAME]

Without models: the `*_int8_converter.tflite` of ../shared/models. Needs ai-edge-litert (tools/python_env.sh makes an
environment with it in target/tools/python, which the script finds by itself). Each round times every program in turn, a
sixth of a second each; a ratio is images/s here by theirs in the same round, so that a change of the machine's speed hits
both. Preparing counts for nobody.
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import time

REPO = pathlib.Path(__file__).resolve().parent.parent.parent
PYTHON = REPO / "target" / "tools" / "python" / "bin" / "python"
SECONDS = 1 / 6


class LiteRt:
    def __init__(self, model, resolver):
        import numpy
        from ai_edge_litert.interpreter import Interpreter, OpResolverType

        self.interpreter = Interpreter(
            str(model), num_threads=1, experimental_op_resolver_type=getattr(OpResolverType, resolver)
        )
        self.interpreter.allocate_tensors()
        random = numpy.random.default_rng(1)
        self.images = []
        for _ in range(8):
            image = []
            for detail in self.interpreter.get_input_details():
                if numpy.issubdtype(detail["dtype"], numpy.floating):
                    values = random.uniform(-1, 1, detail["shape"])
                else:
                    limits = numpy.iinfo(detail["dtype"])
                    values = random.integers(limits.min, limits.max + 1, detail["shape"])
                image.append((detail["index"], values.astype(detail["dtype"])))
            self.images.append(image)

    def time(self, count):
        started = time.perf_counter()
        for number in range(count):
            for index, value in self.images[number % 8]:
                self.interpreter.set_tensor(index, value)
            self.interpreter.invoke()
        return time.perf_counter() - started


class Ours:
    def __init__(self, program, model, runtime):
        command = [program, str(model), runtime]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def time(self, count):
        self.process.stdin.write(f"{count}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            sys.exit("integers: our side has stopped; see its message above")
        return float(line)


PEERS = {
    "XNNPACK": "AUTO",
    "without delegates": "BUILTIN_WITHOUT_DEFAULT_DELEGATES",
    "reference kernels": "BUILTIN_REF",
}


def compare(program, model, runtime, rounds):
    sides = {"quant": Ours(program, model, runtime)}
    sides.update((name, LiteRt(model, resolver)) for name, resolver in PEERS.items())
    counts = {}
    for name, side in sides.items():
        side.time(1)
        one = min(side.time(2) for _ in range(3)) / 2
        counts[name] = max(1, int(SECONDS / one))
    rates = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            rates[name].append(counts[name] / side.time(counts[name]))
    for name in PEERS:
        ratios = [ours / theirs for ours, theirs in zip(rates["quant"], rates[name])]
        ours, theirs = statistics.median(rates["quant"]), statistics.median(rates[name])
        print(
            f"| {model.stem.removesuffix('_int8_converter')} | {name} | {theirs:.0f} | {ours:.0f} | "
            f"{min(ratios):.2f} | {statistics.median(ratios):.2f} | {max(ratios):.2f} |",
            flush=True,
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--runtime", default="litert")
    args = parser.parse_args()
    try:
        import ai_edge_litert  # noqa: F401
    except ImportError:
        if not PYTHON.exists() or pathlib.Path(sys.executable).is_relative_to(PYTHON.parent):
            sys.exit("integers: ai-edge-litert is missing; run tools/python_env.sh first")
        os.execv(PYTHON, [str(PYTHON), *sys.argv])
    output = subprocess.run(
        ["cargo", "bench", "--bench", "integers", "--no-run", "--message-format=json"],
        cwd=REPO, check=True, capture_output=True, text=True,
    ).stdout
    program = next(
        line.split('"executable":"')[1].split('"')[0]
        for line in output.splitlines()
        if '"name":"integers"' in line and '"executable":"' in line
    )
    models = args.models or sorted((REPO.parent / "shared" / "models").glob("*_int8_converter.tflite"))
    print("| network | LiteRT's | its images/s | ours | ratio: min | median | max |")
    print("|---|---|---|---|---|---|---|")
    for model in models:
        compare(program, model, args.runtime, args.rounds)


if __name__ == "__main__":
    main()
