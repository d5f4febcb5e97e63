#!/usr/bin/env python3
"""Quantized models in integers here, beside LiteRT in its three forms, one thread, in one run.

    benches/integers/run.py [MODEL.tflite ...] [--rounds N] [--runtime NAME]

Without models: the `*_int8_converter.tflite` of ../shared/models. Needs ai-edge-litert (tools/python_env.sh makes an
environment with it in target/tools/python, which the script finds by itself). Each round times every program in turn, a
sixth of a second each; a ratio is images/s here by theirs in the same round, so that a change of the machine's speed hits
both. Preparing counts for nobody.
"""
import argparse
import pathlib
import statistics
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from beside_litert import MODELS, LiteRt, Ours, built, need_litert

SECONDS = 1 / 6
PEERS = {
    "XNNPACK": "AUTO",
    "without delegates": "BUILTIN_WITHOUT_DEFAULT_DELEGATES",
    "reference kernels": "BUILTIN_REF",
}


def compare(program, model, runtime, rounds):
    sides = {"quant": Ours(program, model, runtime)}
    sides.update((name, LiteRt(model, resolver=resolver)) for name, resolver in PEERS.items())
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
    need_litert()
    program = built("integers")
    models = args.models or sorted(MODELS.glob("*_int8_converter.tflite"))
    print("| network | LiteRT's | its images/s | ours | ratio: min | median | max |")
    print("|---|---|---|---|---|---|---|")
    for model in models:
        compare(program, model, args.runtime, args.rounds)


if __name__ == "__main__":
    main()
