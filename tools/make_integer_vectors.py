#!/usr/bin/env python3
"""Makes quant-core/tests/integer_vectors: for each operator small integer models, seeds of inputs, and LiteRT's outputs.

    tools/make_integer_vectors.py [OPERATOR ...]

Without OPERATOR all are made. The variants stand in tools/integer_vectors/*.py, each with a function `cases()` that yields
cases (`integer_case.Case`). The three profiles of docs/integers.md that are LiteRT's are asked, one thread; a case that LiteRT
refuses in all is named and left out. Inputs are not stored: a seed makes them, in the test as here. Where an operator has fewer than
10,000 values in a type, its cases run on, with other inputs; of these runs a checksum is stored.
"""
import collections
import gzip
import importlib.util
import json
import os
import pathlib
import sys
import tempfile
import zlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools/integer_vectors"))
PROFILES = {
    "litert-reference": OpResolverType.BUILTIN_REF,
    "litert": OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    "xnnpack": OpResolverType.AUTO,
}
# Of these XNNPACK makes floats by rules of its own, which are refused.
BY_XNNPACK = {
    "FLOAT_BATCH_MATMUL": ["int8"], "FLOAT_CONV_2D": ["int8"], "FLOAT_FULLY_CONNECTED": ["int8", "int4", "int2", "int4 blocks"],
    "FLOAT_TRANSPOSE_CONV": ["int8"],
}
# Values of an operator in a type.
ENOUGH = 10_000
TYPES = {"int8": np.int8, "uint8": np.uint8, "int16": np.int16, "int32": np.int32, "bool": np.bool_, "float32": np.float32}


def splitmix(seed: int, count: int) -> np.ndarray:
    """Numbers of 31 bits."""
    with np.errstate(over="ignore"):
        at = np.arange(1, count + 1, dtype=np.uint64)
        z = np.uint64(seed) * np.uint64(0x2545F4914F6CDD1D) + at * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (z ^ (z >> np.uint64(31))) >> np.uint64(33)


def values(given: dict, run: int) -> np.ndarray:
    """An input of a run: seed 0 counts from `low` on in the first, others draw; floats go in steps of `step`."""
    count = int(np.prod(given["shape"]))
    drawn = splitmix(given["seed"] + 1000 * run, count) if given["seed"] or run else np.arange(count, dtype=np.uint64)
    numbers = (drawn % np.uint64(given["high"] - given["low"] + 1)).astype(np.int64) + given["low"]
    if given["type"] == "float32":
        numbers = numbers.astype(np.float32) * np.float32(given["step"])
    return numbers.astype(TYPES[given["type"]]).reshape(given["shape"])


def ask(model: bytes, inputs: list[dict], runs: int, kernels) -> list[list[np.ndarray]]:
    with tempfile.NamedTemporaryFile(suffix=".tflite") as file:
        file.write(model)
        file.flush()
        runtime = Interpreter(file.name, experimental_op_resolver_type=kernels, num_threads=1)
        runtime.allocate_tensors()
        made = []
        for run in range(runs):
            for detail, given in zip(runtime.get_input_details(), inputs, strict=True):
                runtime.set_tensor(detail["index"], values(given, run))
            runtime.invoke()
            made.append([runtime.get_tensor(detail["index"]) for detail in runtime.get_output_details()])
        return made


def asked(case, runs: int) -> tuple[dict, str]:
    """The outputs of each profile that runs it, and what the last of the others said."""
    outputs, said = {}, ""
    for profile, kernels in PROFILES.items():
        try:
            outputs[profile] = ask(case.net.bytes(), case.inputs, runs, kernels)
        except (RuntimeError, ValueError) as error:
            said = str(error).splitlines()[0]
    # Most of what XNNPACK makes is what LiteRT's own kernels make.
    if case.types.removeprefix("float32 ") in BY_XNNPACK.get(case.operator, []):
        outputs.pop("xnnpack", None)
    return outputs, said


def written(outputs: dict, runs: int) -> dict:
    """Outputs of the first `runs` in full, of the others their checksums."""
    full = {profile: [[output.tobytes().hex() for output in run] for run in made[:runs]] for profile, made in outputs.items()}
    further = {profile: [f"{zlib.crc32(b''.join(output.tobytes() for output in run)):08x}" for run in made[runs:]]
               for profile, made in outputs.items()}
    fields = {"outputs": full, "further": further} if any(further.values()) else {"outputs": full}
    for of in fields.values():
        if "xnnpack" in of and of["xnnpack"] == of.get("litert"):
            of["xnnpack"] = "litert"
    return fields


def main() -> None:
    wanted, groups, made, refused = set(sys.argv[1:]), collections.defaultdict(list), collections.defaultdict(list), collections.Counter()
    for path in sorted((ROOT / "tools/integer_vectors").glob("*.py")):
        spec = importlib.util.spec_from_file_location(path.stem, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for case in getattr(module, "cases", list)():
            if not wanted or case.operator in wanted:
                groups[case.operator, case.types].append(case)
    for (operator, types), cases in groups.items():
        all_outputs = [asked(case, case.runs) for case in cases]
        counts = {profile: sum(output.size for outputs, _ in all_outputs for run in outputs.get(profile, []) for output in run) for profile in PROFILES}
        fewest = min((count for count in counts.values() if count), default=ENOUGH)
        times = -(-ENOUGH // fewest)
        for case, (outputs, said) in zip(cases, all_outputs, strict=True):
            if times > 1 and outputs and case.inputs:
                outputs, said = asked(case, case.runs * times)
            if not outputs:
                refused[f"{operator} {types}: {said[:150]}"] += 1
                continue
            made[operator].append({
                "operator": operator, "types": types, "name": case.name, "model": case.net.bytes().hex(), "inputs": case.inputs,
                **written(outputs, case.runs),
            })
    for what, count in refused.items():
        print(f"  {count} refused by LiteRT, {what}")
    folder = ROOT / "quant-core/tests/integer_vectors"
    folder.mkdir(exist_ok=True)
    for operator, entries in sorted(made.items()):
        text = "[\n" + ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in entries) + "\n]\n"
        path = folder / f"{operator}.json.gz"
        path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
        print(f"{operator}: {len(entries)} cases, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
