#!/usr/bin/env python3
"""Writes the missing test inputs of every row of test.lst: five records, one line a graph input.

The numbers are uniform in -5...5 with three decimals, drawn from a generator seeded with the folder's name,
so that running it twice changes nothing. Existing files are left alone.
"""
import pathlib
import random
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent
RECORDS = 5


def input_sizes(recipe: str) -> list[int]:
    """Number of elements of each graph input."""
    sizes = {}
    for operand in re.findall(r"^operand \{(.*?)^\}", recipe, re.M | re.S):
        name = re.search(r'name: "(.*?)"', operand)[1]
        size = 1
        for dim in re.findall(r"dim: (\d+)", operand):
            size *= int(dim)
        sizes[name] = size
    return [sizes[name] for name in re.findall(r'^input: "(.*?)"', recipe, re.M)]


def main() -> None:
    rows = re.findall(r"^(addTest|addQConfTest)\((\S+) (\S+) (\S+)\)", (ROOT / "test.lst").read_text(), re.M)
    for kind, model, granularity, dtype in rows:
        sizes = input_sizes((ROOT / "recipes" / model / "test.recipe").read_text())
        folder = f"{model}_config" if kind == "addQConfTest" else model
        target = ROOT / "test_inputs" / folder / granularity / dtype
        target.mkdir(parents=True, exist_ok=True)
        numbers = random.Random(f"{folder}/{granularity}/{dtype}")
        for record in range(RECORDS):
            lines = [",".join(f"{numbers.uniform(-5, 5):.3f}" for _ in range(size)) for size in sizes]
            path = target / f"{record}.txt"
            if not path.exists():
                path.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
