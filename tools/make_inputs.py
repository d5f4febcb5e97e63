#!/usr/bin/env python3
"""Writes test inputs for the rows of test.lst and test.local.lst that have none: five records, one line a graph input;
two for all rows of addTFLiteTest and addRecipeTest that a model has.

    tools/make_inputs.py [ROOT]

The numbers are uniform in -5...5 with three decimals, drawn from a generator seeded with the folder's name, so that
they are the same on every machine. A folder that holds any record is left alone.
"""
import pathlib
import random
import re
import sys

RECORDS = 5
TFLITE_RECORDS = 2
CALIBRATED = ("int", "uint", "static")


def input_sizes(recipe: str) -> list[int]:
    """Number of elements of each graph input."""
    recipe = re.sub(r"#.*", "", recipe)
    sizes = {}
    for block in re.split(r"\boperand\s*\{", recipe)[1:]:
        block = re.split(r"\b(?:operand|operation)\s*\{", block)[0]
        name = re.search(r'name\s*:\s*"(.*?)"', block)
        shape = re.search(r"shape\s*\{(.*?)\}", block, re.S)
        if name and shape:
            size = 1
            for dim in re.findall(r"dim\s*:\s*(\d+)", shape[1]):
                size *= int(dim)
            sizes[name[1]] = size
    # Inputs of the graph stand outside all braces.
    outside, depth = [], 0
    for part in re.split(r"([{}])", recipe):
        depth += {"{": 1, "}": -1}.get(part, 0)
        if depth == 0:
            outside.append(part)
    return [sizes[name] for name in re.findall(r'\binput\s*:\s*"(.*?)"', "".join(outside))]


def braces(word: str) -> list[str]:
    """The words that a word with `{a,b}` stands for."""
    first = re.search(r"\{([^}]*)\}", word)
    if not first:
        return [word]
    before, behind = word[: first.start()], word[first.end() :]
    return [more for choice in first[1].split(",") for more in braces(before + choice.strip() + behind)]


def main() -> None:
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent.parent
    lists = [root / name for name in ("test.lst", "test.local.lst")]
    text = "\n".join(path.read_text() for path in lists if path.exists())
    rows = re.findall(r"^\s*(addTest|addQConfTest)\(\s*(\S+)\s+(\S+)\s+(\S+?)\s*\)", text, re.M)
    folders = []
    for kind, model, granularity, dtype in rows:
        folder = f"{model}_config" if kind == "addQConfTest" else model
        folders.append((model, f"{folder}/{granularity}/{dtype}", RECORDS))
    for models, types in re.findall(r"^\s*(?:addTFLiteTest|addRecipeTest)\(\s*(\S+)\s+(?:\S+\s+)?(\S+?)\s*\)", text, re.M):
        if any(word.startswith(CALIBRATED) for word in braces(types)):
            folders.extend((model, f"{model}_tflite", TFLITE_RECORDS) for model in braces(models))
    for model, folder, records in folders:
        recipe = root / "recipes" / model / "test.recipe"
        target = root / "test_inputs" / folder
        if not recipe.exists():
            sys.exit(f"{recipe} is missing; write the recipe first")
        if target.exists() and any(target.iterdir()):
            continue
        try:
            sizes = input_sizes(recipe.read_text())
        except KeyError as error:
            sys.exit(f"{recipe}: graph input {error} is no operand; add it")
        target.mkdir(parents=True, exist_ok=True)
        numbers = random.Random(folder)
        for record in range(records):
            lines = [",".join(f"{numbers.uniform(-5, 5):.3f}" for _ in range(size)) for size in sizes]
            (target / f"{record}.txt").write_text("\n".join(lines) + "\n")
        print(target)


if __name__ == "__main__":
    main()
