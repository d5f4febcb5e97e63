#!/usr/bin/env python3
"""Runs random operators of float activations and integer weights here and in LiteRT, and compares bit for bit.

    tools/check_hybrid.py QUANT [--models N] [--operators N] [--only NAME ...] [--seed N]

QUANT is the built command. For each kind of tools/hybrid_models.py, N models of so many operators of random sizes, options and
values. Ends with `hybrid: N models, O operators, V values, D differ`, and fails when D is not 0.
"""
import argparse
import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

import hybrid_models

RUNTIMES = {
    "litert-reference": OpResolverType.BUILTIN_REF,
    "litert": OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
}
count = collections.Counter()


def theirs(model: bytes, data: list[np.ndarray], resolver) -> dict[str, np.ndarray]:
    interpreter = Interpreter(model_content=model, experimental_op_resolver_type=resolver, num_threads=1)
    interpreter.allocate_tensors()
    interpreter.reset_all_variables()
    for detail, values in zip(interpreter.get_input_details(), data):
        interpreter.set_tensor(detail["index"], values)
    interpreter.invoke()
    return {detail["name"]: interpreter.get_tensor(detail["index"]) for detail in interpreter.get_output_details()}


def ours(path: pathlib.Path, data: list[np.ndarray], runtime: str, folder: pathlib.Path) -> dict[str, np.ndarray]:
    files = []
    for number, values in enumerate(data):
        files.append(folder / f"input{number}.npy")
        np.save(files[-1], values[None])
    subprocess.run(["rm", "-rf", folder / "out"], check=True)
    subprocess.run(
        [options.quant, "infer", path, "--data", ",".join(map(str, files)), "-o", folder / "out", "--runtime", runtime,
         "--json", folder / "out.json"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    tensors = json.loads((folder / "out.json").read_text())["tensors"]
    return {tensor["name"]: np.load(folder / "out" / tensor["files"][0])[0] for tensor in tensors}


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        for kind, (maker, reference) in hybrid_models.MAKERS.items():
            if options.only and kind not in options.only:
                continue
            for number in range(options.models):
                made = hybrid_models.Random(options.seed + number)
                for _ in range(options.operators):
                    maker(made)
                path = folder / "model.tflite"
                path.write_bytes(made.bytes())
                for runtime, resolver in RUNTIMES.items():
                    if runtime == "litert-reference" and not reference:
                        continue
                    expected, found = theirs(made.bytes(), made.data, resolver), ours(path, made.data, runtime, folder)
                    count["models"] += 1
                    for output, said in made.names.items():
                        name = f"t{output}"
                        count["operators"] += 1
                        count["values"] += expected[name].size
                        if expected[name].tobytes() != found[name].tobytes():
                            count["differ"] += 1
                            print(f"  DIFFERS {kind} {options.seed + number} {runtime} {name}: {said}")
                            print(f"    {expected[name].reshape(-1)[:6]} {found[name].reshape(-1)[:6]}")
    print(f"hybrid: {count['models']} models, {count['operators']} operators, {count['values']} values, {count['differ']} differ")
    sys.exit(1 if count["differ"] or not count["models"] else 0)


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("quant")
parser.add_argument("--models", type=int, default=3)
parser.add_argument("--operators", type=int, default=60)
parser.add_argument("--only", nargs="*")
parser.add_argument("--seed", type=int, default=1)
options = parser.parse_args()
main()
