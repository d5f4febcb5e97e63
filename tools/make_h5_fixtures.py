"""Makes the small HDF5 files below crates/quant-hdf5/tests/fixtures: one for each way in which libhdf5 stores things.

Values are the same in all: record i, input 0 is float32 arange(24).reshape(1, 3, 4, 2) + i.
"""

import pathlib
import sys

import h5py
import numpy as np

FOLDER = pathlib.Path(__file__).parent.parent / "crates/quant-hdf5/tests/fixtures"
SHAPE = (1, 3, 4, 2)


def record(i):
    return np.arange(24, dtype="f4").reshape(SHAPE) + np.float32(i)


def write(name, libver, count=2, raw=False, **how):
    with h5py.File(FOLDER / f"{name}.h5", "w", libver=libver) as file:
        group = file.create_group("value")
        group.attrs["desc"] = "test data"
        if raw:
            group.attrs["rawData"] = "1"
        for i in range(count):
            group.create_group(str(i)).create_dataset("0", data=record(i), **how)


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    old, middle, new = "earliest", ("v110", "v110"), "latest"
    chunks = {"chunks": (1, 2, 3, 2)}
    gzip = {**chunks, "compression": "gzip", "shuffle": True}
    one_axis = {"maxshape": (1, None, 4, 2), **chunks}
    two_axes = {"maxshape": (1, None, None, 2), **chunks}
    write("old", old)
    write("old_many", old, count=20)
    write("old_chunked", old, **chunks)
    write("old_gzip", old, **gzip)
    write("middle_fletcher", middle, fletcher32=True, **gzip)
    write("new", new)
    write("new_raw", new, raw=True)
    write("new_many", new, count=20)
    write("new_fixed_array", new, **chunks)
    write("new_single_gzip", new, chunks=SHAPE, compression="gzip")
    write("new_gzip", new, **gzip)
    write("new_extensible", new, **one_axis)
    write("new_extensible_gzip", new, **{**one_axis, **gzip})
    write("new_two_axes_gzip", new, **{**two_axes, **gzip})
    write("big_endian", old, dtype=">f4")
    with h5py.File(FOLDER / "user_block.h5", "w", userblock_size=512) as file:
        for i in range(2):
            file.create_dataset(f"value/{i}/0", data=record(i))
    # All types that a record or a dump has.
    with h5py.File(FOLDER / "types.h5", "w", libver=old) as file:
        for i in range(2):
            for at, dtype in enumerate(["f4", "i4", "i8", "?", "u1", "i1", "i2", "f8", "f2"]):
                values = (np.arange(6) % 2 if dtype == "?" else np.arange(6) + i).reshape(2, 3)
                file.create_dataset(f"value/{i}/{at}", data=values.astype(dtype))
    sizes = {path.name: path.stat().st_size for path in sorted(FOLDER.glob("*.h5"))}
    print(sizes, sum(sizes.values()), file=sys.stderr)


main()
