"""One quantized model in LiteRT and in `quant infer`, on the same records: every tensor, bit for bit."""
import collections
import dataclasses
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from integers import cut_model

RUNTIMES = {
    "litert-reference": OpResolverType.BUILTIN_REF,
    "litert": OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    # With the delegate for XNNPACK, as LiteRT runs by default.
    "xnnpack": OpResolverType.AUTO,
}
INTEGERS = (np.int8, np.uint8, np.int16)


def scratch() -> tempfile.TemporaryDirectory:
    """A folder for a few hundred small files a run: in memory where that can be, since each is written and renamed."""
    return tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None)


class Refused(Exception):
    """One of the two does not run the model; the text says which and why."""


@dataclasses.dataclass
class Difference:
    operator: int
    kind: str
    tensor: str
    record: int
    index: int
    theirs: object
    ours: object
    count: int

    def __str__(self) -> str:
        at = f"record {self.record}, element {self.index}: {self.ours!s} here, {self.theirs!s} in LiteRT"
        return f"operator {self.operator} {self.kind} `{self.tensor}`, {self.count} values, {at}"


@dataclasses.dataclass
class Outcome:
    tensors: int = 0
    values: int = 0
    # Floats that come of integer weights, and tensors made of floats that are not those of LiteRT to the last bit.
    of_weights: int = 0
    passed: int = 0
    differ: list[Difference] = dataclasses.field(default_factory=list)


def quant(command: str, *args) -> str | None:
    """What it says when it fails."""
    done = subprocess.run([command, *map(str, args)], capture_output=True, text=True)
    if done.returncode == 0:
        return None
    return (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]


def words(error: Exception) -> str:
    """The first line, without what differs from model to model."""
    first = str(error).splitlines()[0].replace("was not true.", "was not true; ")
    first = re.sub(r"(Node number|at index) \d+", r"\1 N", first)
    return re.sub(r"\((-?\d+) != (-?\d+)\)", "", first).split(" An older version")[0]


def theirs(model: pathlib.Path, runtime: str) -> Interpreter:
    """LiteRT, ready to run the model."""
    try:
        interpreter = Interpreter(
            model_path=str(model),
            experimental_op_resolver_type=RUNTIMES[runtime],
            experimental_preserve_all_tensors=True,
            num_threads=1,
        )
        interpreter.allocate_tensors()
    except (RuntimeError, ValueError) as error:
        raise Refused(f"LiteRT: {words(error)}") from None
    return interpreter


def random_records(interpreter: Interpreter, count: int, seed: int) -> list[np.ndarray]:
    """Random values for each input, with an axis of records before the input's own."""
    random = np.random.default_rng(seed)
    made = []
    for detail in interpreter.get_input_details():
        shape = (count, *detail["shape"])
        if np.issubdtype(detail["dtype"], np.floating):
            made.append(random.uniform(-1, 1, shape).astype(detail["dtype"]))
        elif detail["dtype"] == np.bool_:
            made.append(random.integers(0, 2, shape).astype(np.bool_))
        else:
            limits = np.iinfo(detail["dtype"])
            made.append(random.integers(limits.min, limits.max + 1, shape, dtype=detail["dtype"]))
    return made


def fitted(interpreter: Interpreter, records: list[np.ndarray]) -> list[np.ndarray]:
    """Records of the float model for a model that may take integers."""
    made = []
    for detail, values in zip(interpreter.get_input_details(), records):
        scale, zero = detail["quantization"]
        if detail["dtype"] in INTEGERS and np.issubdtype(values.dtype, np.floating) and scale:
            limits = np.iinfo(detail["dtype"])
            values = np.clip(np.round(values / scale) + zero, limits.min, limits.max).astype(detail["dtype"])
        made.append(values)
    return made


def compare(command: str, model: pathlib.Path, inputs: list[np.ndarray], folder: pathlib.Path, runtime: str) -> Outcome:
    """Runs each record of the inputs (their first axis) in both."""
    if runtime == "xnnpack":
        exposed = folder / "exposed.tflite"
        exposed.write_bytes(cut_model.exposed(model.read_bytes()))
        interpreter, graph = theirs(exposed, runtime), Graph(theirs(exposed, "litert"))
    else:
        interpreter = theirs(model, runtime)
        graph = Graph(interpreter)
    records = len(inputs[0]) if inputs else 1
    out = folder / "out"
    shutil.rmtree(out, ignore_errors=True)
    given = data(inputs, folder)
    said = quant(
        command, "infer", model, "--data", given, "-o", out, "--all", "--runtime", runtime, "--json", folder / "out.json"
    )
    if said is not None:
        raise Refused(f"quant: {said.rsplit(': ', 1)[-1].split('; ')[0]} ({place(said)})")
    tensors = json.loads((folder / "out.json").read_text())["tensors"]
    ours = {tensor["name"]: [np.load(out / name) for name in tensor["files"]] for tensor in tensors}
    outcome = Outcome()
    found: dict[str, Difference] = {}
    for record in range(records):
        interpreter.reset_all_variables()
        for detail, values in zip(interpreter.get_input_details(), inputs):
            interpreter.set_tensor(detail["index"], values[record].reshape(detail["shape"]))
        try:
            interpreter.invoke()
        except RuntimeError as error:
            raise Refused(f"LiteRT: {words(error)}") from None
        near = set()
        for name in graph.in_order(ours):
            index = graph.named(name)
            if runtime == "xnnpack" and graph.is_of_constants(index):
                continue
            at, op = graph.maker.get(index, (-1, None))
            if op is not None and near.intersection(op["inputs"]):
                near.update(op["outputs"])
                outcome.passed += 1
                continue
            try:
                want = interpreter.get_tensor(index)
            except ValueError:
                continue
            files = ours[name]
            have = files[0][record] if len(files) == 1 else files[record]
            floats = np.issubdtype(want.dtype, np.floating)
            exact = graph.is_exact(index) or not floats
            outcome.tensors += 1
            outcome.values += want.size
            outcome.of_weights += want.size if floats and graph.of_weights(index) else 0
            if want.shape != have.shape:
                found.setdefault(name, Difference(at, graph.kind(index), name, record, 0, want.shape, have.shape, want.size))
                continue
            want, have = want.reshape(-1), have.reshape(-1)
            unequal = differing(want, have)
            if not unequal.any():
                continue
            if not exact and close(want, have):
                near.add(index)
                continue
            first = int(np.flatnonzero(unequal)[0])
            one = Difference(at, graph.kind(index), name, record, first, want[first], have[first], int(unequal.sum()))
            found.setdefault(name, one)
    outcome.differ = sorted(found.values(), key=lambda one: one.operator)
    return outcome


def data(inputs: list[np.ndarray], folder: pathlib.Path) -> str:
    """Records as one file each: any number of inputs, of any type."""
    raw = folder / "raw"
    shutil.rmtree(raw, ignore_errors=True)
    raw.mkdir()
    for record in range(len(inputs[0]) if inputs else 1):
        (raw / f"{record:06}").write_bytes(b"".join(np.ascontiguousarray(one[record]).tobytes() for one in inputs))
    return f"raw:{raw}"


def place(said: str) -> str:
    """The kind of the operator that an error names, so that errors can be counted."""
    words = [word for word in said.split() if word.isupper() and len(word) > 2 and word[0].isalpha()]
    return words[0] if words else "no operator"


def differing(want: np.ndarray, have: np.ndarray) -> np.ndarray:
    if not np.issubdtype(want.dtype, np.floating):
        return want != have
    return (want.view(f"u{want.itemsize}") != have.view(f"u{have.itemsize}")) & ~(np.isnan(want) & np.isnan(have))


def close(want: np.ndarray, have: np.ndarray) -> bool:
    most = np.abs(want[np.isfinite(want)]).max(initial=0)
    return np.allclose(want, have, rtol=1e-5, atol=1e-6 + 2e-6 * most, equal_nan=True)


class Graph:
    """What LiteRT knows of the tensors' names and makers."""

    def __init__(self, interpreter: Interpreter):
        self.numbers, self.types = collections.defaultdict(list), {}
        for detail in interpreter.get_tensor_details():
            self.numbers[detail["name"]].append(detail["index"])
            self.types[detail["index"]] = detail["dtype"]
        self.maker = {int(to): (at, op) for at, op in enumerate(interpreter._get_ops_details()) for to in op["outputs"]}
        self.inputs = {detail["index"] for detail in interpreter.get_input_details()}

    def named(self, name: str) -> int | None:
        """The tensor of a name; several of one cannot be told apart from outside."""
        found = self.numbers[name]
        return found[0] if len(found) == 1 else None

    def in_order(self, names) -> list[str]:
        """Those that can be told apart, as they are made."""
        known = [name for name in names if self.named(name) is not None]
        return sorted(known, key=lambda name: self.maker.get(self.named(name), (-1,))[0])

    def kind(self, index: int) -> str:
        return self.maker[index][1]["op_name"] if index in self.maker else "input"

    def of_weights(self, index: int) -> bool:
        """Whether it is made of float activations and integer weights."""
        if index not in self.maker or self.kind(index) == "DEQUANTIZE":
            return False
        given = [int(tensor) for tensor in self.maker[index][1]["inputs"] if tensor >= 0]
        first = self.kind(index) == "EMBEDDING_LOOKUP" or self.types[given[0]] == np.float32
        return first and any(self.types[tensor] not in (np.float32, np.int32, np.int64, np.bool_) for tensor in given)

    def is_of_constants(self, index: int) -> bool:
        """Whether DEQUANTIZE makes it of a constant: XNNPACK takes that in among its weights, and writes the tensor nowhere."""
        if self.kind(index) != "DEQUANTIZE":
            return False
        given = int(self.maker[index][1]["inputs"][0])
        return given not in self.maker and given not in self.inputs

    def is_exact(self, index: int) -> bool:
        """Whether floats are those of integers: kernels that read floats alone have vectors of their own, and constants that
        DEQUANTIZE makes floats of are computed once, by one rule."""
        if index not in self.maker:
            return True
        if self.kind(index) == "DEQUANTIZE":
            return not self.is_of_constants(index)
        return self.of_weights(index)
