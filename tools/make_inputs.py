#!/usr/bin/env python3
"""Writes test inputs for the rows of test.lst and test.local.lst that have none: five records, one line a graph input;
two for all rows of addTFLiteTest and addRecipeTest that a model has, and two for those of addOnnxTest.

    tools/make_inputs.py [ROOT]

The numbers are uniform in -5...5 with three decimals, drawn from a generator seeded with the folder's name, so that
they are the same on every machine. A folder that holds any record is left alone.
"""
import fnmatch
import itertools
import pathlib
import random
import re
import sys

RECORDS = 5
TFLITE_RECORDS = 2
CALIBRATED = ("int", "uint", "static", "qdq", "qoperator")


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


def blocks(text: str) -> list[tuple[str, str]]:
    """The messages of a text, by the names of their fields, each as its text."""
    depth, name, start, found = 0, "", 0, []
    for token in re.finditer(r'"(?:\\.|[^"\\])*"|#.*|(\w+)\s*:?\s*\{|[{}]', text):
        if token[0].endswith("{") and not token[0].startswith("#"):
            if depth == 0:
                name, start = token[1] or "", token.end()
            depth += 1
        elif token[0] == "}":
            depth -= 1
            if depth == 0:
                found.append((name, text[start : token.start()]))
    return found


def inner(text: str, *names: str) -> list[str]:
    """The messages along a path of fields."""
    texts = [text]
    for name in names:
        texts = [body for text in texts for field, body in blocks(text) if field == name]
    return texts


def fields(message: bytes) -> list[tuple[int, int | bytes]]:
    """The fields of a protobuf message."""
    at, found = 0, []

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte, at = message[at], at + 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(message):
        key = varint()
        if key & 7 == 0:
            found.append((key >> 3, varint()))
        else:
            size = {1: 8, 5: 4}.get(key & 7) or varint()
            found.append((key >> 3, message[at : at + size]))
            at += size
    return found


def parts(message: bytes, *numbers: int) -> list:
    """What stands along a path of field numbers."""
    messages = [message]
    for number in numbers:
        messages = [value for one in messages for field, value in fields(one) if field == number]
    return messages


def onnx_sizes(folder: pathlib.Path) -> list[int]:
    """Number of elements of each graph input of an ONNX model that is no constant."""
    inputs = []
    if (folder / "model.textproto").exists():
        text = (folder / "model.textproto").read_text()
        name = lambda body: re.search(r'\bname\s*:\s*"(.*?)"', body)[1]
        constants = {name(body) for body in inner(text, "graph", "initializer")}
        for body in inner(text, "graph", "input"):
            dims = inner(body, "type", "tensor_type", "shape", "dim")
            inputs.append((name(body), [re.search(r"dim_value\s*:\s*(\d+)", dim) for dim in dims]))
        inputs = [(name, [dim and int(dim[1]) for dim in dims]) for name, dims in inputs]
    else:
        message = (folder / "model.onnx").read_bytes()
        constants = {name for (name,) in (parts(one, 8) for one in parts(message, 7, 5))}
        for body in parts(message, 7, 11):
            dims = parts(body, 2, 1, 2, 1)
            inputs.append((parts(body, 1)[0], [(parts(dim, 1) or [None])[0] for dim in dims]))
    sizes = []
    for name, dims in inputs:
        if name in constants:
            continue
        size = 1
        for dim in dims:
            if not dim:
                sys.exit(f"{folder}: graph input {name} has an open size; give it a number")
            size *= dim
        sizes.append(size)
    return sizes


def models(word: str, root: pathlib.Path, files: tuple) -> list[str]:
    """The models that a word with `{a,b}` and `*` stands for: those with one of the files where it has a star."""
    found = []
    for one in braces(word):
        there = sorted(path.name for path in (root / "recipes").glob("*") if any((path / file).exists() for file in files))
        found += fnmatch.filter(there, one) if "*" in one else [one]
    return found


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
    for kind, word, granularities, types in rows:
        for model in models(word, root, ("test.recipe", "model.tflite", "model.circle")):
            folder = f"{model}_config" if kind == "addQConfTest" else model
            for granularity, dtype in itertools.product(braces(granularities), braces(types)):
                folders.append((model, f"{folder}/{granularity}/{dtype}", RECORDS))
    for word, types in re.findall(r"^\s*(?:addTFLiteTest|addRecipeTest)\(\s*(\S+)\s+(?:\S+\s+)?(\S+?)\s*\)", text, re.M):
        if any(one.startswith(CALIBRATED) for one in braces(types)):
            folders.extend((model, f"{model}_tflite", TFLITE_RECORDS) for model in models(word, root, ("test.recipe",)))
    for word, types in re.findall(r"^\s*addOnnxTest\(\s*(\S+)\s+\S+\s+(\S+?)\s*\)", text, re.M):
        if any(one.startswith(CALIBRATED) for one in braces(types)):
            there = models(word, root, ("model.textproto", "model.onnx"))
            folders.extend((model, f"{model}_onnx", TFLITE_RECORDS) for model in there)
    for model, folder, records in folders:
        recipe = root / "recipes" / model / "test.recipe"
        target = root / "test_inputs" / folder
        onnx = folder.endswith("_onnx")
        if onnx and not any((recipe.parent / file).exists() for file in ("model.textproto", "model.onnx")):
            sys.exit(f"{recipe.parent} has no model.textproto and no model.onnx; write one first")
        if target.exists() and any(target.iterdir()):
            continue
        if not onnx and any((recipe.parent / file).exists() for file in ("model.tflite", "model.circle")):
            if not recipe.exists():
                print(f"{recipe.parent} is a model file alone, which this script does not read; write {target} yourself")
                continue
        if not onnx and not recipe.exists():
            sys.exit(f"{recipe} is missing; write the recipe first")
        try:
            sizes = onnx_sizes(recipe.parent) if onnx else input_sizes(recipe.read_text())
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
