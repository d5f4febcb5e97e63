#!/usr/bin/env python3
"""Runs quantized models here and in LiteRT, and compares every tensor, bit for bit.

    tools/check_integers.py QUANT [REFERENCE] [--scheme PATTERN ...] [--model PATTERN] [--records N] [--threads N] [--list]

QUANT is the built command. The recipes of this repository, and with REFERENCE (a folder with `reference/tflite` and `models`)
its float models, are quantized in each of the ways of tools/integers/ways.py (`--scheme` chooses among them; without REFERENCE
one for each family of kernels); its `*_converter.tflite` are taken as they are, on all images that are there. Each runs on the
same records in `quant infer --all` and in LiteRT, in the three runtimes of docs/integers.md that are LiteRT's (`--runtime`
chooses; in that of XNNPACK every result is made an output, since the delegate keeps what is inside of it). A model that either of the two refuses is
named with the reason, grouped.

Integers are compared bit for bit, and so are floats that come of integers. Other floats are the business of the float kernels,
which have vectors of their own: they are compared within a tolerance, and what is made of a float that differs within it is passed
over. Where that is so, operators with integer weights are cut out as well, and run on the floats that LiteRT gives each. Ends with `integers: N models, T tensors, V values, H of them floats of integer weights, P tensors passed over, D differ; R
refused`, and fails when D is not 0.
"""
import argparse
import collections
import fnmatch
import os
import pathlib
import sys

import numpy as np

from integers import cut_model, side_by_side, ways, workers
from integers.side_by_side import Refused

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Records of one run here, so that all tensors of all records need not be on the disk at once.
AT_ONCE = 8
# Recipes that LiteRT computes otherwise in float: it leaves out a TANH that is fused into ADD.
OTHERWISE = ["Add_003"]


def inputs_of(model: pathlib.Path) -> list[pathlib.Path]:
    return sorted(model.parent.glob("input_*.npy"), key=lambda file: int(file.stem.rsplit("_", 1)[1]))


def tasks() -> list[tuple[str, pathlib.Path, str | None]]:
    """Name, model, and the way it is quantized; None for one that is quantized already."""
    found = []
    chosen = lambda of: [way for way in of if any(fnmatch.fnmatch(way, pattern) for pattern in options.scheme)]
    if options.reference:
        tflite = options.reference / "reference/tflite"
        for path in sorted((options.reference / "models").glob("*_converter.tflite")):
            found.append((path.stem, path, None))
        for path in sorted((options.reference / "models").glob("*_float32.tflite")):
            found += [(path.stem, path, way) for way in chosen(ways.ALL)]
        for path in sorted(tflite.glob("qat/*/model.tflite")):
            found += [(path.parent.name, path, way) for way in chosen(ways.QAT)]
        for path in sorted(tflite.glob("models/*/model.tflite")):
            found += [(path.parent.name, path, way) for way in chosen(ways.ALL)]
    for path in sorted((ROOT / "recipes").glob("*/test.recipe")):
        if path.parent.name not in OTHERWISE:
            found += [(path.parent.name, path, way) for way in chosen(ways.ALL)]
    return [task for task in found if fnmatch.fnmatch(task[0], options.model)]


def given(path: pathlib.Path) -> list[np.ndarray] | None:
    """The records that lie beside a model, if there are some."""
    name = path.stem.removesuffix("_float32")
    files = inputs_of(path)
    if options.reference and not files:
        files = inputs_of(options.reference / "reference/tflite/nets" / name / "model.tflite")
    if path.stem.endswith("_converter"):
        network = path.stem.removesuffix("_converter").removesuffix("_int8").removesuffix("_dynamic_range")
        files = sorted(path.parent.glob(f"{network}_calibration.npy"))
    return [np.load(file) for file in files] or None


def cut(model: pathlib.Path, runtime: str, inputs: list[np.ndarray], folder: pathlib.Path) -> side_by_side.Outcome | None:
    """Operators with integer weights by themselves, on what LiteRT gives them."""
    if not (made := cut_model.cut(model.read_bytes())):
        return None
    records = cut_model.records(side_by_side.theirs(model, runtime), made[1], inputs)
    path = folder / "cut.tflite"
    path.write_bytes(made[0])
    return side_by_side.compare(options.quant, path, records, folder, runtime)


def check(task: tuple[str, pathlib.Path, str | None], folder: pathlib.Path) -> list[dict]:
    """What came of the runtimes."""
    name, path, way = task
    records = given(path)
    model = path
    if way is not None:
        model = folder / "model.tflite"
        data = side_by_side.data(records, folder) if records else "random:1:8"
        said = side_by_side.quant(options.quant, "run", path, "--data", data, *ways.arguments(way), "-o", model, "--no-check")
        if said is not None:
            return [{"refused": f"not quantized: {said.rsplit(': ', 1)[-1][:90]}", "times": len(options.runtime)}]
    found = []
    for runtime in options.runtime:
        try:
            count = 32 if way is None else options.records
            interpreter = side_by_side.theirs(model, runtime)
            made = side_by_side.fitted(interpreter, records) if records else side_by_side.random_records(interpreter, count, 1)
            del interpreter
            made = [values[:count] for values in made]
            sums, differ = collections.Counter(), []
            for at in range(0, len(made[0]) if made else 1, AT_ONCE):
                part = [values[at : at + AT_ONCE] for values in made]
                outcome = side_by_side.compare(options.quant, model, part, folder, runtime)
                sums.update(tensors=outcome.tensors, values=outcome.values, of=outcome.of_weights, passed=outcome.passed)
                differ = differ or [str(one) for one in outcome.differ]
                if outcome.passed and part and (alone := cut(model, runtime, part, folder)):
                    sums.update(tensors=alone.tensors, values=alone.values, of=alone.of_weights)
                    differ = differ or [f"cut out: {one}" for one in alone.differ]
            found.append({"runtime": runtime, "sums": sums, "differ": differ})
        except Refused as refused:
            found.append({"runtime": runtime, "refused": str(refused), "times": 1})
    return found


def work(task) -> list[dict]:
    with side_by_side.scratch() as folder:
        return check(task, pathlib.Path(folder))


def main() -> None:
    todo = tasks()
    if options.list:
        print("\n".join(f"{name}: {way}" for name, _, way in todo))
        return
    count = collections.Counter()
    refused, differ = collections.defaultdict(list), []
    for done, (number, found) in enumerate(workers.each(len(todo), lambda number: work(todo[number]), options.threads)):
        name, _, way = todo[number]
        if done % 100 == 99:
            print(f"  {done + 1} of {len(todo)}: {count['models']} models, {len(differ)} differ", flush=True)
        name = f"{name} ({way})" if way else name
        for one in [{"refused": "the process came to its end", "times": 1}] if found is None else found:
            if "refused" in one:
                refused[one["refused"]] += [f"{name} {one.get('runtime', '')}".strip()] * one["times"]
                continue
            count["models"] += 1
            count.update(one["sums"])
            if one["differ"]:
                differ.append(f"{name} {one['runtime']}: {len(one['differ'])} tensors, first {one['differ'][0]}")
                print(f"  DIFFERS {differ[-1]}", flush=True)
    for reason, names in sorted(refused.items(), key=lambda item: (-len(item[1]), item[0])):
        print(f"  {len(names)} refused, as {min(names)}: {reason}")
    print(
        f"integers: {count['models']} models, {count['tensors']} tensors, {count['values']} values, {count['of']} of them floats "
        f"of integer weights, {count['passed']} tensors passed over, {len(differ)} differ; "
        f"{sum(map(len, refused.values()))} refused"
    )
    sys.exit(1 if differ or not count["models"] else 0)


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("quant")
parser.add_argument("reference", nargs="?", type=pathlib.Path)
parser.add_argument("--scheme", nargs="*", help="patterns of names in tools/integers/ways.py")
parser.add_argument("--runtime", nargs="*", default=list(side_by_side.RUNTIMES), choices=list(side_by_side.RUNTIMES))
parser.add_argument("--model", default="*")
parser.add_argument("--records", type=int, default=2)
parser.add_argument("--threads", type=int, default=os.cpu_count())
parser.add_argument("--list", action="store_true")
options = parser.parse_args()
options.quant = str(pathlib.Path(options.quant).resolve())
options.scheme = options.scheme or (["*"] if options.reference else ways.QUICK)
main()
