"""Makes the checkpoints of crates/quant-torch/tests/files, and what torch reads in them.

Run it with an environment that has torch (tools/torch_env.sh makes one). The files are committed.
"""

import argparse
import collections
import json
import pathlib

import torch

FOLDER = pathlib.Path(__file__).parent.parent / "crates/quant-torch/tests/files"


def types():
    """A tensor of each type."""
    numbers = torch.tensor([[-2.5, 0.0, 1.0], [100.0, 3.25, -0.125]])
    made = {
        str(dtype).removeprefix("torch."): numbers.to(dtype)
        for dtype in (
            torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32,
            torch.int16, torch.int8, torch.bool, torch.complex64, torch.complex128,
        )
    }
    made["uint8"] = numbers.abs().to(torch.uint8)
    made["small_half"] = torch.tensor([6e-8, -6.1e-5, float("inf")], dtype=torch.float16)
    made["qint8"] = torch.quantize_per_tensor(numbers, 0.5, 3, torch.qint8)
    made["sparse"] = torch.eye(3).to_sparse()
    made["empty"] = torch.zeros(0, 4)
    made["scalar"] = torch.tensor(7.5)
    return made


def new_types():
    """Types that have no class of storages; PyTorch does not read them back from the legacy format."""
    return {
        "uint16": torch.tensor([0, 1, 2], dtype=torch.uint16),
        "float8_e5m2": torch.tensor([1.0, -3.5]).to(torch.float8_e5m2),
    }


def views():
    """Tensors that look at storages in every way."""
    whole = torch.arange(24.0)
    image = torch.arange(48.0).reshape(2, 3, 2, 4).contiguous(memory_format=torch.channels_last)
    return {
        "whole": whole,
        "slice": whole[4:10],
        "matrix": whole.reshape(4, 6),
        "transposed": whole.reshape(4, 6).t(),
        "every_second": whole[1::2],
        "column": whole.reshape(4, 6)[:, 2],
        "block": whole.reshape(2, 3, 4)[:, 1:, 1:3],
        "expanded": torch.tensor([[1.0], [2.0]]).expand(2, 5),
        "channels_last": image,
        "permuted": torch.arange(6.0).reshape(1, 2, 3).permute(2, 0, 1),
        "same": whole,
        "parameter": torch.nn.Parameter(torch.tensor([1.5, -1.5])),
    }


def objects():
    """What lies in checkpoints beside tensors."""
    cycle = [1, 2]
    cycle.append(cycle)
    inner = []
    knot = (inner, 1, 2, 3)
    inner.append(knot)
    tensor = torch.tensor([1.0])
    return {
        "integers": [0, 1, 255, 256, 65535, 65536, -1, -128, -129, 2**31 - 1, -(2**31), 2**31, 2**63 - 1, -(2**63), 2**70, -(2**100)],
        "floats": [0.1, -0.0, float("inf"), float("nan"), 5e-324],
        "texts": ["", "a", "Größe", "数", "x" * 300],
        "bytes": [b"", b"\x00\xff", b"y" * 300],
        "bytearray": bytearray(b"abc"),
        "tuples": [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)],
        "sets": [set(), {1}, frozenset(), frozenset([2])],
        "none": [None, True, False, ...],
        "complex": 1 + 2j,
        "counts": collections.Counter("abca"),
        "default": collections.defaultdict(int, a=1),
        "queue": collections.deque([1, 2], 5),
        "ordered": collections.OrderedDict(a=1, b=2),
        "namespace": argparse.Namespace(lr=0.1, tags=["x"]),
        "classes": [torch.optim.Adam, torch.optim.SGD, dict],
        "device": torch.device("cpu"),
        "size": torch.Size([1, 2]),
        "dtype": torch.float16,
        "slice": slice(1, 2),
        "range_of_1000": list(range(1000)),
        "range_of_1001": list(range(1001)),
        "dictionary_of_1000": {n: 0 for n in range(1000)},
        "dictionary_of_1001": {n: 0 for n in range(1001)},
        "ordered_of_1000": collections.OrderedDict((n, 0) for n in range(1000)),
        "ordered_of_1001": collections.OrderedDict((n, 0) for n in range(1001)),
        "cycle": cycle,
        "knot": knot,
        "shared": [tensor, tensor],
    }


def training():
    """A network with a schedule and an optimizer that has a state."""
    torch.manual_seed(1)
    network = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2))
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, [3, 5])
    for _ in range(2):
        network(torch.rand(1, 1, 5, 5)).sum().backward()
        optimizer.step()
        schedule.step()
    return {
        "epoch": 2,
        "state_dict": network.state_dict(),
        "optimizer_state_dict": optimizer.state_dict(),
        "optimizer_type": type(optimizer),
        "schedule": schedule.state_dict(),
    }


def numbers(tensor):
    """Decimals that read back equal, as texts: readers of JSON round."""
    return [repr(float(x)) for x in tensor.flatten().tolist()]


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*"):
        old.unlink()
    for make in (types, views, objects, training):
        torch.save(make(), FOLDER / f"{make.__name__}.pth")
        torch.save(make(), FOLDER / f"{make.__name__}.legacy.pth", _use_new_zipfile_serialization=False)
        torch.save(make(), FOLDER / f"{make.__name__}.protocol4.pth", pickle_protocol=4)
    torch.save(new_types(), FOLDER / "new_types.pth")
    known = {}
    for make in (types, views):
        for name, tensor in make().items():
            if tensor.is_quantized or tensor.is_sparse or tensor.is_complex():
                continue
            known[f"{make.__name__}.{name}"] = {
                "shape": list(tensor.shape),
                "strides": list(tensor.stride()),
                "elements": numbers(tensor.double()),
            }
    (FOLDER / "elements.json").write_text(json.dumps(known, indent=1) + "\n")


main()
