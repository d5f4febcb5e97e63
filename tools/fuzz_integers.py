#!/usr/bin/env python3
"""Random graphs of quantized operators, run here and in LiteRT: every tensor must be equal, bit for bit.

    tools/fuzz_integers.py QUANT [--seed S] [--graphs N] [--batch N] [--scheme NAME ...] [--minutes M] [--keep FOLDER]

Graphs of one to eight operators (tools/integers/graphs.py) stand side by side in one model, are quantized by `quant run` with
ranges of random records, and run in the three runtimes of docs/integers.md that are LiteRT's
(`--runtime`). Batch N of seed S is always the same model. A batch that
one of the two refuses is halved until single graphs are refused; one that differs is reduced to its operators up to the first
difference, and of those to as few, of as small sizes, as still differ. The recipe of the smallest graph of each kind goes to FOLDER. Ends with
`fuzzed: N graphs, R runs, T tensors, V values, D differ, X refused`, and fails when D is not 0.
"""
import argparse
import collections
import copy
import json
import os
import pathlib
import sys
import time

import numpy as np

from integers import graphs, side_by_side
from integers.side_by_side import Refused

OPTIONS = {
    "tflite-int8": [[], [], ["--per-tensor"], ["--dense-per-tensor"], ["--compat"]],
    "tflite-int8-legacy": [[], ["--per-tensor"]],
    "tflite-int16x8": [[], ["--bias-type", "int32"]],
    "tflite-uint8": [[]],
}
INTERFACE = {
    "tflite-int8": ["float32", "int8"], "tflite-int8-legacy": ["float32", "int8"], "tflite-int16x8": ["float32", "int16"],
    "tflite-uint8": ["float32"],
}
RECORDS = 3


class Batch:
    """Graphs that are one model, with how it is quantized."""

    def __init__(self, members: list[graphs.Graph], scheme: str, options: list[str], seed: list[int], rare: bool):
        self.members, self.scheme, self.options, self.seed, self.rare = members, scheme, options, seed, rare

    @classmethod
    def of(cls, seed: int, number: int, size: int, schemes: list[str]) -> "Batch":
        random = np.random.default_rng([seed, number])
        scheme = str(random.choice(schemes))
        choices = OPTIONS[scheme]
        chosen = list(choices[int(random.integers(len(choices)))])
        ends = str(random.choice(INTERFACE[scheme]))
        chosen += ["--input-type", ends, "--output-type", ends]
        rare = bool(random.random() < 0.15)
        members = [graphs.Graph(at, np.random.default_rng([seed, number, at]), rare).grow() for at in range(size)]
        return cls([one for one in members if one.ops], scheme, chosen, [seed, number], rare)

    def only(self, members: list[graphs.Graph]) -> "Batch":
        return Batch(members, self.scheme, self.options, self.seed, self.rare)

    def floats(self, wide: float) -> list[np.ndarray]:
        """Records in the ranges of the inputs, or somewhat beyond them."""
        made = []
        for graph in self.members:
            # By the input's name, so that a graph that is reduced sees the same numbers.
            for name in graph.used_inputs():
                low, high = graph.ranges[name]
                random = np.random.default_rng([*self.seed, *name.encode(), int(wide * 8)])
                middle, half = (low + high) / 2, (high - low) / 2 * wide
                shape = (RECORDS, *graph.tensors[name].shape)
                made.append(random.uniform(middle - half, middle + half, shape).astype(np.float32))
        return made

    def run(self, runtime: str, folder: pathlib.Path) -> side_by_side.Outcome:
        model, recipe = folder / "model.tflite", folder / "model.recipe"
        if not (model.exists() and recipe.exists() and recipe.read_text() == graphs.recipe(self.members)):
            recipe.write_text(graphs.recipe(self.members))
            model.unlink(missing_ok=True)
            data = side_by_side.data(self.floats(1.0), folder)
            said = side_by_side.quant(
                options.quant, "run", recipe, "--data", data, "--scheme", self.scheme, *self.options, "-o", model,
                "--no-check",
            )
            if said is not None:
                raise Refused(f"not quantized: {said.rsplit(': ', 1)[-1][:120]}")
        interpreter = side_by_side.theirs(model, runtime)
        kinds = [detail["dtype"] for detail in interpreter.get_input_details()]
        if any(np.issubdtype(kind, np.floating) for kind in kinds):
            inputs = self.floats(1.25)
        else:
            inputs = side_by_side.random_records(interpreter, RECORDS, self.seed[1])
        return side_by_side.compare(options.quant, model, inputs, folder, runtime)


def apart(batch: Batch, runtime: str, folder: pathlib.Path) -> dict:
    """Runs it in a process of its own: what kills LiteRT kills nothing else."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            outcome = batch.run(runtime, folder)
            differ = [(one.tensor, one.kind, str(one)) for one in outcome.differ]
            said = {"tensors": outcome.tensors, "values": outcome.values, "differ": differ}
        except Refused as refused:
            said = {"refused": str(refused)}
        except BaseException as error:  # noqa: BLE001 whatever it is, the parent tells it
            said = {"refused": f"{type(error).__name__}: {error}"}
        with os.fdopen(writing, "w") as pipe:
            json.dump(said, pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return json.loads(text) if text else {"refused": "LiteRT: it ends the process"}


def run(batch: Batch, runtime: str, folder: pathlib.Path) -> None:
    said = apart(batch, runtime, folder)
    if "refused" in said and len(batch.members) > 1:
        half = len(batch.members) // 2
        run(batch.only(batch.members[:half]), runtime, folder)
        run(batch.only(batch.members[half:]), runtime, folder)
        return
    if "refused" in said:
        refused[said["refused"]].append((batch, runtime))
        return
    count["runs"] += len(batch.members)
    count["tensors"] += said["tensors"]
    count["values"] += said["values"]
    # One of each kind is reduced for each graph's first difference.
    first = {}
    for tensor, kind, text in said["differ"]:
        first.setdefault(tensor.split("_")[0], (tensor, kind, text))
    for prefix, (tensor, kind, text) in first.items():
        graph = next((one for one in batch.members if one.prefix == f"{prefix}_"), None)
        key = (kind, batch.scheme, runtime)
        differ[key].append(text)
        print(f"DIFFERS {batch.scheme} {' '.join(batch.options)} {runtime} batch {batch.seed}: {text}", flush=True)
        if graph is not None and len(differ[key]) <= 2:
            keep(reduced(batch.only([graph]), runtime, folder, kind), runtime, kind)


def reduced(batch: Batch, runtime: str, folder: pathlib.Path, kind: str) -> Batch:
    """The graph with as few operators as still differ in one of the kind."""

    def differs(graph: graphs.Graph) -> bool:
        if not graph.ops:
            return False
        found = apart(batch.only([graph]), runtime, folder).get("differ", [])
        return any(other == kind for _, other, _ in found[:1])

    best = batch.members[0]
    going = True
    while going:
        going = False
        for old in sorted({dim for tensor in best.tensors.values() for dim in tensor.shape if dim > 1}, reverse=True):
            for new in dict.fromkeys((1, old // 2, old - 1)):
                smaller = best.resized(old, new)
                if not going and differs(smaller):
                    best, going = smaller, True
        for at in reversed(range(len(best.ops))):
            smaller = copy.deepcopy(best)
            op = smaller.ops.pop(at)
            # What it made becomes an input, where something reads it.
            for name in op.outputs:
                if any(name in other.inputs for other in smaller.ops):
                    smaller.inputs.append(name)
                    smaller.ranges[name] = (-2.0, 2.0)
            if differs(smaller):
                best, going = smaller, True
                break
    return batch.only([best])


def keep(batch: Batch, runtime: str, kind: str) -> None:
    name = f"{kind}-{batch.scheme}-{runtime}-{'-'.join(map(str, batch.seed))}"
    head = f"# {batch.scheme} {' '.join(batch.options)}, {runtime}, batch {batch.seed}, {batch.members[0].prefix}\n"
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
        (options.keep / f"{name}.recipe").write_text(head + graphs.recipe(batch.members))
    kinds = ", ".join(op.kind for op in batch.members[0].ops)
    print(f"  reduced to {kinds}", flush=True)


def main() -> None:
    start, number = time.monotonic(), options.first
    with side_by_side.scratch() as temporary:
        folder = pathlib.Path(temporary)
        while count["graphs"] < options.graphs and time.monotonic() - start < 60 * options.minutes:
            batch = Batch.of(options.seed, number, options.batch, options.scheme)
            for runtime in options.runtime:
                if batch.rare and runtime == "litert-reference":
                    continue
                run(batch, runtime, folder)
            count["graphs"] += len(batch.members)
            number += 1
            if number % 10 == 0:
                print(f"batch {number}: {summary()}, {time.monotonic() - start:.0f} s", flush=True)
    for reason, those in sorted(refused.items(), key=lambda item: -len(item[1])):
        batch, runtime = those[0]
        kinds = " ".join(op.kind for op in batch.members[0].ops)
        print(f"  {len(those)} refused, as {batch.seed} {batch.members[0].prefix} ({kinds}; {batch.scheme} {runtime}): {reason}")
    for key, texts in sorted(differ.items()):
        print(f"  {len(texts)} differ in {' '.join(key)}, as {texts[0]}")
    print(summary())
    sys.exit(1 if differ or not count["runs"] else 0)


def summary() -> str:
    of = sum(map(len, differ.values()))
    return (
        f"fuzzed: {count['graphs']} graphs, {count['runs']} runs, {count['tensors']} tensors, {count['values']} values, "
        f"{of} differ, {sum(map(len, refused.values()))} refused"
    )


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("quant")
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--first", type=int, default=0, help="the batch to begin with")
parser.add_argument("--graphs", type=int, default=1000)
parser.add_argument("--batch", type=int, default=100)
parser.add_argument("--runtime", nargs="*", default=list(side_by_side.RUNTIMES), choices=list(side_by_side.RUNTIMES))
parser.add_argument("--minutes", type=float, default=1e9)
parser.add_argument("--scheme", nargs="*", default=list(OPTIONS))
parser.add_argument("--keep", type=pathlib.Path)
options = parser.parse_args()
count = collections.Counter()
refused, differ = collections.defaultdict(list), collections.defaultdict(list)
main()
