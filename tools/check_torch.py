#!/usr/bin/env python3
"""Asks PyTorch about the checkpoints that we write.

    tools/torch_env.sh
    cargo build --release && cargo build --release -p quant-torch --example copy
    target/tools/torch/bin/python tools/check_torch.py [SHARED]

1. Copies of checkpoints, in the same format and in the other, are equal to the original when PyTorch loads both.
2. `quant ai8x` on checkpoints of ai8x-synthesis (below SHARED/reference/ai8x) is equal to their quantized twins.
3. `quant ai8x` on the checkpoints of recipes/ with every method is equal, bit for bit, to what PyTorch's own
   operations give on one thread.
"""
import collections
import pathlib
import subprocess
import sys
import tempfile
import warnings

import torch

warnings.simplefilter("ignore")
ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILT = ROOT / "target/release"


def run(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, words))}\n{done.stderr}")


def load(path):
    return torch.load(path, map_location="cpu", weights_only=False)


def same_tensor(a, b, place):
    assert (a.dtype, a.shape, a.layout) == (b.dtype, b.shape, b.layout), place
    assert type(a) is type(b) and a.requires_grad == b.requires_grad, place
    if a.layout != torch.strided:
        same_tensor(a.coalesce().values(), b.coalesce().values(), place)
        return
    assert a.stride() == b.stride(), place
    a, b = (x.detach() if not x.is_quantized else x.int_repr() for x in (a, b))
    a, b = (x.contiguous().reshape(-1).view(torch.uint8) for x in (a, b))
    assert bool((a == b).all()), f"{place}: {int((a != b).sum())} bytes differ"


def same(a, b, place="", seen=None):
    """Counts the tensors of two equal objects."""
    seen = set() if seen is None else seen
    if (id(a), id(b)) in seen:
        return 0
    seen.add((id(a), id(b)))
    assert type(a) is type(b), f"{place}: {type(a)} and {type(b)}"
    if isinstance(a, torch.Tensor):
        same_tensor(a, b, place)
        return 1
    count = 0
    if isinstance(a, dict):
        assert list(a) == list(b), f"{place}: {list(a)[:9]} and {list(b)[:9]}"
        count += sum(same(a[key], b[key], f"{place}.{key}", seen) for key in a)
    elif isinstance(a, (list, tuple, collections.deque)):
        assert len(a) == len(b), place
        count += sum(same(x, y, f"{place}[{n}]", seen) for n, (x, y) in enumerate(zip(a, b)))
    elif hasattr(a, "__dict__") and not isinstance(a, type):
        count += same(vars(a), vars(b), place, seen)
    else:
        assert a == b or a != a, f"{place}: {a} and {b}"
    return count


def copies(folder, files):
    tensors = done = 0
    for path in files:
        for form in ((), ("zip",), ("legacy",)):
            if path.name == "new_types.pth" and form == ("legacy",):
                continue  # PyTorch writes them so, and cannot read them
            out = folder / "copy.pth"
            run(BUILT / "examples/copy", path, out, *form)
            tensors += same(load(path), load(out), path.name)
            done += 1
    print(f"copies: {len(files)} files, {done} copies, {tensors} tensors equal")


def twins(folder, reference):
    for name, device, flags in (
        ("ai85-catsdogs-qat8", "MAX78000", []),
        ("ai87-kws20_v3-qat8", "MAX78002", []),
        ("ai85-mnist-extrasmall-qat8", "MAX78000", ["--legacy-shift"]),
    ):
        out = folder / "q.pth"
        run(BUILT / "quant", "ai8x", reference / f"{name}.pth.tar", out, "--device", device, *flags)
        count = same(load(out), load(reference / f"{name}-q.pth.tar"), name)
        print(f"{name}: {count} tensors equal to the twin's")


def factor(weight, bias, method, bits, quantile):
    """What weights and biases are multiplied by, and the shift."""
    rows = weight.reshape(weight.shape[0], -1)
    low, high = rows.min(1)[0], rows.max(1)[0]
    if method == "qat":
        sizes = torch.cat([x.flatten().abs() for x in (weight, bias) if x is not None])
        shift = (1 / sizes.quantile(quantile)).log2().floor().clamp(-7.0 - bits, 23.0 - bits)
        return 2.0 ** shift.reshape(()), shift
    if method == "max":
        return weight.abs().max(), None
    if method == "avgmax":
        return torch.maximum(low.mean().abs(), high.mean().abs()), None
    if method == "stddev":
        reach = 2.0 * weight.std()
        ends = torch.maximum(weight.min(), weight.mean() - reach), torch.minimum(weight.max(), weight.mean() + reach)
        return torch.maximum(*(end.abs() for end in ends)), None
    return torch.tensor(0.85), None


def arithmetic(folder):
    tensors = 0
    for path in sorted(ROOT.glob("recipes/*/checkpoint.pth")):
        old = load(path)["state_dict"]
        for method in ("qat", "max", "avgmax", "stddev", "scale"):
            out = folder / "a.pth"
            flags = [] if method == "qat" else ["--clip-method", method.upper()]
            run(BUILT / "quant", "ai8x", path, out, "--device", "MAX78000", *flags)
            new = load(out)["state_dict"]
            for key in (key for key in old if key.endswith(".weight")):
                module = key.removesuffix(".weight")
                layer = module.rpartition(".")[0] or module
                bias = old.get(f"{module}.bias")
                bits = int(old.get(f"{layer}.weight_bits", torch.zeros(1))) or 8
                f, shift = factor(old[key], bias, method, bits, old.get(f"{layer}.shift_quantile", torch.tensor(1.0)))
                one = 2 ** (bits - 1)
                want = {key: (one * f * old[key] + 0.5).floor().clamp(-one, one - 1)}
                if bias is not None:
                    whole = (one * (bias * f) + 0.5).floor().clamp(-one, one - 1)
                    want[f"{module}.bias"] = whole * 2.0 ** (bits - 8) * 128
                    want[f"{layer}.bias_bits"] = torch.tensor([float(bits)])
                if shift is not None:
                    want[f"{layer}.output_shift"] = torch.tensor([-1 * shift])
                for name, tensor in want.items():
                    same_tensor(tensor, new[name], f"{path.parent.name} {method} {name}")
                tensors += len(want)
    print(f"arithmetic: {tensors} tensors equal to torch's")


def main():
    torch.set_num_threads(1)
    shared = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT.parent / "shared")
    reference = shared / "reference/ai8x"
    files = sorted((ROOT / "crates/quant-torch/tests/files").glob("*.pth"))
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        if reference.exists():
            files += sorted(reference.glob("*.pth.tar"))
            twins(folder, reference)
        else:
            print(f"SKIPPED: there is no {reference}")
        copies(folder, files)
        arithmetic(folder)


main()
