#!/usr/bin/env python3
"""Asks h5py, and with it libhdf5, about the HDF5 files that this project reads and writes.

    tools/check_h5py.py FOLDER

FOLDER has the built programs. Two parts:

1. data: h5py writes the same records in every way in which it stores things; `record-minmax` and `quant record` make
   of each the very bytes that they make of .npy files.
2. dumps: h5py reads what `circle-tensordump` writes of float, uint8, int16, int8 and int4 models, and of one with
   hundreds of tensors; every dataset has the type, shape and values that `quant dump` tells.

Exits with 1 when anything differs.
"""
import itertools
import json
import pathlib
import subprocess
import sys
import tempfile

import h5py
import numpy as np

PROGRAMS = pathlib.Path(sys.argv[1]).resolve()
REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
problems = []


def check(holds: bool, what: str) -> None:
    if not holds:
        problems.append(what)
        print(f"  WRONG: {what}")


def run(program: str, *args) -> str:
    done = subprocess.run([PROGRAMS / program, *map(str, args)], capture_output=True, text=True)
    if done.returncode:
        problems.append(f"{program} {args}")
        print(f"  WRONG: {program} {' '.join(map(str, args))}: {done.stderr.strip()}")
    return done.stdout


def operand(name, dtype, shape):
    dims = " ".join(f"dim: {d}" for d in shape)
    return f'operand {{ name: "{name}" type: {dtype} shape {{ {dims} }} }}\n'


def typed_recipe() -> str:
    """Inputs of all types that a record may have."""
    text = operand("x", "FLOAT32", (1, 5, 4, 3)) + operand("y", "FLOAT32", (1, 5, 4, 3))
    text += 'operation { type: "Add" input: "x" input: "x" output: "y" add_options { activation: NONE } }\n'
    for name, dtype in [("i", "INT32"), ("l", "INT64"), ("b", "BOOL")]:
        text += operand(name, dtype, (1, 5, 4, 3)) + operand(f"{name}_float", "FLOAT32", (1, 5, 4, 3))
        options = f"cast_options {{ in_data_type: {dtype} out_data_type: FLOAT32 }}"
        text += f'operation {{ type: "Cast" input: "{name}" output: "{name}_float" {options} }}\n'
    text += "".join(f'input: "{name}"\n' for name in "xilb")
    return text + "".join(f'output: "{name}"\n' for name in ["y", "i_float", "l_float", "b_float"])


def chain_recipe(count: int) -> str:
    """Hundreds of tensors, so that groups need trees of several levels."""
    text = operand("t/0", "FLOAT32", (2, 2))
    for i in range(count):
        text += operand(f"t/{i + 1}", "FLOAT32", (2, 2))
        text += f'operation {{ type: "Add" input: "t/{i}" input: "t/{i}" output: "t/{i + 1}" '
        text += "add_options { activation: NONE } }\n"
    return text + f'input: "t/0"\noutput: "t/{count}"\n'


STORES = {
    "plain": {},
    "chunked": {"chunks": (1, 2, 3, 2)},
    "gzip": {"chunks": (1, 2, 3, 2), "compression": "gzip"},
    "gzip_shuffle": {"chunks": (1, 2, 3, 2), "compression": "gzip", "shuffle": True},
    "checked": {"chunks": (1, 3, 2, 1), "fletcher32": True, "compression": "gzip", "compression_opts": 9},
    "one_chunk": {"chunks": (1, 5, 4, 3), "compression": "gzip"},
    "grows": {"chunks": (1, 2, 3, 2), "maxshape": (1, None, 4, 3)},
    "grows_gzip": {"chunks": (1, 1, 1, 1), "maxshape": (1, None, 4, 3), "compression": "gzip"},
    "grows_twice": {"chunks": (1, 2, 3, 2), "maxshape": (None, None, None, 3)},
    "grows_twice_gzip": {"chunks": (1, 1, 1, 1), "maxshape": (None, None, 4, 3), "compression": "gzip"},
}
VERSIONS = ["earliest", "v108", "v110", "v112", "latest"]


def data(folder: pathlib.Path) -> int:
    print("data: what h5py writes")
    (folder / "typed.recipe").write_text(typed_recipe())
    random = np.random.default_rng(1)
    shape = (1, 5, 4, 3)
    types = ["f4", "i4", "i8", "?"]
    records = [[(random.normal(size=shape) * 9).astype(t) for t in types] for _ in range(12)]
    names = []
    for at, column in enumerate(zip(*records)):
        np.save(folder / f"{at}.npy", np.stack(column))
        names.append(str(folder / f"{at}.npy"))
    run("quant", "record", folder / "typed.recipe", "--data", ",".join(names), "-o", folder / "npy.circle")
    wanted = (folder / "npy.circle").read_bytes()
    done = 0

    def both(path: pathlib.Path, what: str) -> None:
        nonlocal done
        out = folder / "h5.circle"
        for threads in [1, 3]:
            run("record-minmax", "--input_model", folder / "typed.recipe", "--input_data", path, "--output_model", out,
                "--num_threads", threads)
            check(out.read_bytes() == wanted, f"record-minmax of {what} on {threads} threads")
        run("quant", "record", folder / "typed.recipe", "--data", path, "-o", out)
        check(out.read_bytes() == wanted, f"quant record of {what}")
        done += 1

    path = folder / "data.h5"
    for (store, how), version in itertools.product(STORES.items(), VERSIONS):
        libver = version if version in ("earliest", "latest") else (version, version)
        with h5py.File(path, "w", libver=libver) as file:
            for i, record in enumerate(records):
                for j, array in enumerate(record):
                    file.create_dataset(f"value/{i}/{j}", data=array, **how)
        both(path, f"{store}, {version}")
    for what, extra in [("track_order", {"track_order": True}), ("user block", {"userblock_size": 2048})]:
        with h5py.File(path, "w", **extra) as file:
            for i, record in enumerate(records):
                for j, array in enumerate(record):
                    file.create_dataset(f"value/{i}/{j}", data=array)
        both(path, what)
    for version in ["earliest", "latest"]:
        with h5py.File(path, "w", libver=version) as file:
            group = file.create_group("value")
            for name in [f"attribute {n}" for n in range(20)] + ["rawData"]:
                group.attrs[name] = 1
            for i, record in enumerate(records):
                for j, array in enumerate(record):
                    group.create_dataset(f"{i}/{j}", data=np.frombuffer(array.tobytes(), "u1"))
        both(path, f"raw bytes, {version}")
        with h5py.File(path, "w", libver=version) as file:
            for i, record in enumerate(records):
                for j, array in enumerate(record):
                    file.create_dataset(f"value/{i}/{j}", data=array.astype(array.dtype.newbyteorder(">")))
        both(path, f"big-endian, {version}")
        # Hundreds of records, each the first one: the same ranges on both sides.
        with h5py.File(path, "w", libver=version) as file:
            for i in range(700):
                for j, array in enumerate(records[i % 12]):
                    file.create_dataset(f"value/{i}/{j}", data=array)
        ranges = ["--mode", "percentile", "--min_percentile", 0, "--max_percentile", 100]
        for count, name in [(700, path), (12, None)]:
            if name is None:
                with h5py.File(path, "w") as file:
                    for i, record in enumerate(records):
                        for j, array in enumerate(record):
                            file.create_dataset(f"value/{i}/{j}", data=array)
            run("record-minmax", "--input_model", folder / "typed.recipe", "--input_data", path, "--output_model",
                folder / f"many{count}.circle", *ranges)
        same = (folder / "many700.circle").read_bytes() == (folder / "many12.circle").read_bytes()
        check(same, f"700 records, {version}")
        done += 1
    return done


KINDS = {"uint8": "u1", "int4": "i1", "int8": "i1", "int16": "i2", "int32": "i4", "int64": "i8", "float32": "f4",
         "bool": "?", "float16": "f2"}


def dumps(folder: pathlib.Path) -> int:
    print("dumps: what h5py reads")
    (folder / "chain.recipe").write_text(chain_recipe(1500))
    conv = REPOSITORY / "recipes/Conv2D_004/test.recipe"
    net = REPOSITORY / "recipes/Net_000/test.recipe"
    random = ["--data", "random:1:2", "-o"]
    run("quant", "run", conv, *random, folder / "conv_u8.circle")
    run("quant", "run", net, *random, folder / "net_u8.circle")
    run("quant", "run", net, "--type", "int16", "--save-min-max", *random, folder / "net_s16.circle")
    for bits in ["int4", "int8", "int16"]:
        run("quant", "weights-only", conv, "--type", bits, "-o", folder / f"weights_{bits}.circle")
    run("quant", "convert", net, "-o", folder / "net_f32.circle")
    run("quant", "convert", folder / "chain.recipe", "-o", folder / "chain.circle")
    seen = set()
    count = 0
    for model in sorted(folder.glob("*_*.circle")) + [folder / "chain.circle"]:
        out = model.with_suffix(".h5")
        run("circle-tensordump", model, "--tensors_to_hdf5", out)
        tensors = json.loads(run("quant", "dump", model))
        with h5py.File(out) as file:
            check(sorted(file) == sorted(name.replace("/", "_") for name in tensors), f"{model.name}: groups")
            for name, tensor in tensors.items():
                group = file[name.replace("/", "_")]
                keys = {"weights", "min", "max", "scale", "zero_point", "quantized_dimension"}
                check(set(group) == keys & set(tensor), f"{model.name} {name}: {sorted(group)}")
                for key in set(group):
                    dataset, wanted = group[key], np.array(tensor[key])
                    kind = {"weights": KINDS[tensor["dtype"]], "zero_point": "i8", "quantized_dimension": "i4"}
                    kind = np.dtype(kind.get(key, "f4"))
                    same = dataset.dtype == kind and dataset.shape == wanted.shape
                    same = same and np.array_equal(dataset[()], wanted.astype(kind))
                    check(same, f"{model.name} {name} {key}: {dataset} {wanted}")
                    seen.add(tensor["dtype"] if key == "weights" else key)
                    count += 1
    needed = {"uint8", "int4", "int8", "int16", "int32", "int64", "float32", "min", "scale", "zero_point"}
    check(needed <= seen, f"only {sorted(seen)} were compared")
    return count


with tempfile.TemporaryDirectory() as name:
    files = data(pathlib.Path(name))
    datasets = dumps(pathlib.Path(name))
print(f"{files} files of data, {datasets} datasets of dumps, h5py {h5py.__version__}, HDF5 {h5py.version.hdf5_version}")
print(f"{len(problems)} problems" if problems else "all the same")
sys.exit(bool(problems))
