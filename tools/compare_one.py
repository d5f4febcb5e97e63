#!/usr/bin/env python3
"""Runs every row of a test list through the programs that stand in for Samsung ONE's, in ONE's order, with HDF5
between them, and compares what h5py reads of their dumps.

    tools/compare_one.py PROGRAMS TREE [--binary FOLDER]

PROGRAMS is the folder of the built circle-quantizer, record-minmax, circle-tensordump and quant. TREE holds test.lst,
recipes, config_files, test_inputs and expected_outputs. A row goes

    circle-quantizer --quantize_dequantize_weights, record-minmax (one thread and four), circle-quantizer
    --quantize_with_minmax, or circle-quantizer --quantize_weights

and circle-tensordump --tensors_to_hdf5 behind each. Goldens pass within ONE's tolerances: 1e-5 + 1e-5 |golden| for
floats, 1 for integers and zero points, 5 for int64. FOLDER holds, as <model>/<granularity>/<type>/<stage>.json, what
ONE's own binaries compute; every value must equal those to the last bit, and no tensor may be missing or too many.
Exits with 1 when anything fails, and when a golden of a listed model was not compared.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import h5py
import numpy as np
from circle_schema.v0_10.circle.Model import Model
from circle_schema.v0_10.circle.TensorType import TensorType

KEYS = ("weights", "min", "max", "scale", "zero_point", "quantized_dimension")
NUMPY = {TensorType.FLOAT32: "<f4", TensorType.INT32: "<i4", TensorType.INT64: "<i8"}
# What ONE's comparison looks at in each stage.
STAGES = {
    "fake_quantization": ("weights",),
    "record_minmax": ("min", "max"),
    "quantization": ("weights", "scale", "zero_point"),
    "wo_quantization": ("weights", "scale", "zero_point"),
}
# Goldens that no row reaches: one names no tensor, the others lie one folder too deep and were made from other inputs.
UNREACHED = ("DepthwiseConv2D_002_config/channel/int16/uint8/",)
# Models of which the binaries' values were not written down.
NOT_IN_BINARY = ("InstanceNorm_001",)
problems = []
visited = set()
counts = dict(rows=0, files=0, passed=0, values=0, exact=0, compared=0)


def run(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, words))}: exit {done.returncode}: {done.stderr.strip()}")


def rows(text):
    for line in text.splitlines():
        row = re.match(r"\s*(addTest|addQConfTest|addWeightsOnlyTest)\((\S+) (\S+) (\S+)\)", line)
        if row:
            yield row.groups()


def write_records(model, folder, path):
    """One record a text file, one line an input, as the HDF5 layout /value/<record>/<input>."""
    data = model.read_bytes()
    graph = Model.GetRootAsModel(data, 0).Subgraphs(0)
    inputs = [graph.Tensors(graph.Inputs(i)) for i in range(graph.InputsLength())]
    with h5py.File(path, "w") as file:
        group = file.create_group("value")
        for n in range(sum(1 for _ in folder.glob("*.txt"))):
            lines = (folder / f"{n}.txt").read_text().splitlines()
            for i, tensor in enumerate(inputs):
                values = np.array([float(v) for v in lines[i].split(",")], dtype=NUMPY[tensor.Type()])
                group.create_dataset(f"{n}/{i}", data=values.reshape(tensor.ShapeAsNumpy()))


def dump(path):
    with h5py.File(path) as file:
        return {name: {key: group[key][()] for key in group} for name, group in file.items()}


def compare(place, wanted, got, keys, exactly):
    """Counts values; within tolerance, or equal to the last bit. A golden of one value stands for all, as in ONE's."""
    fine = True
    for key in keys:
        if key not in wanted:
            continue
        if key not in got:
            problems.append(f"{place} {key}: is not in the dump")
            fine = False
            continue
        have = np.asarray(got[key])
        want = np.asarray(wanted[key], dtype=np.float64 if have.dtype.kind == "f" else np.int64)
        if not exactly and want.size == 1:
            want = np.broadcast_to(want.ravel()[0], have.shape)
        if want.size != have.size or (key == "weights" and want.shape != have.shape):
            problems.append(f"{place} {key}: shape {have.shape}, not {want.shape}")
            fine = False
            continue
        want, have = want.ravel(), have.ravel()
        if exactly:
            equal = want.astype(have.dtype) == have
            if key == "weights":
                equal = np.append(equal, wanted["dtype"] == have.dtype.name)
            counts["compared"] += equal.size
            counts["exact"] += int(equal.sum())
            if not equal.all():
                problems.append(f"{place} {key}: {int((~equal).sum())} of {equal.size} are not the binary's")
                fine = False
        else:
            counts["values"] += want.size
            if have.dtype.kind == "f":
                far = np.abs(have.astype(np.float64) - want) > 1e-5 + 1e-5 * np.abs(want)
            else:
                allowed = 0 if key == "quantized_dimension" else 5 if key == "weights" and have.dtype == np.int64 else 1
                far = np.abs(have.astype(np.int64) - want) > allowed
            if far.any():
                problems.append(f"{place} {key}: {int(far.sum())} of {far.size} out of tolerance")
                fine = False
    return fine


def check(tree, binary, kind, model, granularity, dtype, stage, tensors):
    folder = f"{model}_config" if kind == "addQConfTest" else model
    for golden in sorted((tree / "expected_outputs" / folder / granularity / dtype / stage).glob("*.json")):
        if golden.name == ".json":  # it names no tensor
            continue
        counts["files"] += 1
        visited.add(golden)
        place = f"{folder} {granularity} {dtype} {stage} {golden.stem}"
        if golden.stem not in tensors:
            problems.append(f"{place}: is not in the dump")
        elif compare(place, json.loads(golden.read_text()), tensors[golden.stem], STAGES[stage], False):
            counts["passed"] += 1
    path = binary and binary / folder / granularity / dtype / f"{stage}.json"
    if path and not path.exists() and model not in NOT_IN_BINARY:
        problems.append(f"{path} is missing")
    elif path and path.exists():
        theirs = {name: values for name, values in json.loads(path.read_text()).items() if values}
        place = f"{folder} {granularity} {dtype} {stage}"
        ours = {name for name, values in tensors.items() if values}
        if ours != set(theirs):
            problems.append(f"{place}: tensors {sorted(ours ^ set(theirs))} are in one dump alone")
        for name in sorted(ours & set(theirs)):
            compare(f"{place} {name} (binary)", theirs[name], tensors[name], KEYS, True)


def row(programs, tree, binary, kind, model, granularity, dtype, work):
    def step(program, *words):
        start = time.perf_counter()
        run(programs / program, *words)
        times[program] = times.get(program, 0) + time.perf_counter() - start

    def look(stage, file):
        step("circle-tensordump", file, "--tensors_to_hdf5", work / f"{stage}.h5")
        check(tree, binary, kind, model, granularity, dtype, stage, dump(work / f"{stage}.h5"))

    run(programs / "quant", "convert", tree / "recipes" / model / "test.recipe", "-o", work / "float.circle")
    if kind == "addWeightsOnlyTest":
        words = ["--quantize_weights", "float32", dtype, granularity, work / "float.circle", work / "wo.circle"]
        step("circle-quantizer", *words)
        look("wo_quantization", work / "wo.circle")
        return
    config, folder = [], model
    if kind == "addQConfTest":
        folder = f"{model}_config"
        config = ["--config", tree / "config_files" / model / granularity / dtype / "qconf.json"]
    mode = ["float32", dtype, granularity]
    step("circle-quantizer", "--quantize_dequantize_weights", *mode, *config, work / "float.circle", work / "fq.circle")
    look("fake_quantization", work / "fq.circle")
    write_records(work / "fq.circle", tree / "test_inputs" / folder / granularity / dtype, work / "in.h5")
    record = ["--input_model", work / "fq.circle", "--input_data", work / "in.h5", "--output_model"]
    step("record-minmax", *record, work / "mm.circle")
    step("record-minmax", "--num_threads", "4", *record, work / "mm4.circle")
    if (work / "mm.circle").read_bytes() != (work / "mm4.circle").read_bytes():
        problems.append(f"{folder} {granularity} {dtype}: four threads record other bytes than one")
    look("record_minmax", work / "mm.circle")
    step("circle-quantizer", "--quantize_with_minmax", *mode, *config, work / "mm.circle", work / "q.circle")
    look("quantization", work / "q.circle")


times = {}


def main():
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("programs", type=pathlib.Path)
    words.add_argument("tree", type=pathlib.Path)
    words.add_argument("--binary", type=pathlib.Path)
    words = words.parse_args()
    begin = time.perf_counter()
    models = set()
    for kind, model, granularity, dtype in rows((words.tree / "test.lst").read_text()):
        counts["rows"] += 1
        models.add(model)
        with tempfile.TemporaryDirectory() as work:
            try:
                row(words.programs, words.tree, words.binary, kind, model, granularity, dtype, pathlib.Path(work))
            except (RuntimeError, OSError, KeyError) as error:
                problems.append(f"{kind}({model} {granularity} {dtype}): {error}")
    whole = time.perf_counter() - begin
    outputs = words.tree / "expected_outputs"
    for model in sorted(models):
        for golden in sorted(path for folder in (model, f"{model}_config") for path in (outputs / folder).rglob("*.json")):
            name = golden.relative_to(outputs).as_posix()
            if golden not in visited and golden.name != ".json" and not name.startswith(UNREACHED):
                problems.append(f"{name} was not compared")
    for problem in problems:
        print(f"WRONG: {problem}")
    print(f"{counts['rows']} rows: {counts['passed']} of {counts['files']} goldens pass ({counts['values']} values)")
    if words.binary:
        print(f"{counts['exact']} of {counts['compared']} values equal those of ONE's binaries")
    programs = ", ".join(f"{program} {seconds:.2f} s" for program, seconds in sorted(times.items()))
    print(f"{whole:.2f} s in all: {programs}, the rest is Python")
    return bool(problems) or counts["passed"] == 0


if __name__ == "__main__":
    sys.exit(main())
