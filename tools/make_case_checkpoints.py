"""Makes recipes/<name>/checkpoint.pth, the checkpoints of addCheckpointTest. Run it with tools/torch_env.sh's
environment; the files are committed."""

import collections
import pathlib

import torch

ROOT = pathlib.Path(__file__).parent.parent / "recipes"


def save(name, state, **others):
    folder = ROOT / name
    folder.mkdir(exist_ok=True)
    torch.save({"epoch": 3, "arch": name.lower(), "state_dict": state, **others}, folder / "checkpoint.pth")


def bits():
    """Layers of 1, 2, 4 and 8 bits, each with and without a bias."""
    state = collections.OrderedDict()
    for width, size in ((1, 0.4), (2, 0.9), (4, 1.7), (8, 0.13)):
        for bias in (False, True):
            layer = f"conv{width}{'b' if bias else ''}"
            state[f"{layer}.output_shift"] = torch.zeros(1)
            state[f"{layer}.weight_bits"] = torch.tensor([float(width)])
            state[f"{layer}.quantize_activation"] = torch.zeros(1)
            state[f"{layer}.adjust_output_shift"] = torch.ones(1)
            state[f"{layer}.op.weight"] = torch.randn(3, 2, 3, 3) * size
            if bias:
                state[f"{layer}.op.bias"] = torch.randn(3) * size
    save("Checkpoint_000", state, extras={"best_top1": 91.5}, compression_sched={"masks_dict": {key: None for key in state}})


def quantiles():
    """Quantiles, bits that are 0 or missing, views, zero points, no extras."""
    state = collections.OrderedDict()
    state["a.shift_quantile"] = torch.tensor([0.985])
    state["a.weight_bits"] = torch.zeros(1)
    state["a.op.weight"] = torch.randn(5, 41)
    state["a.op.bias"] = torch.randn(5)
    state["b.shift_quantile"] = torch.tensor(0.5)
    state["b.op.weight"] = (torch.randn(7, 4) * 20).t()
    state["b.w_zero_point"] = torch.zeros(3)
    state["b.op.base_b_q"] = torch.ones(3)
    state["c.op.weight"] = torch.randn(2, 4, 3, 5)[1, :, 1:, ::2]
    state["c.op.bias"] = torch.randn(4) * 3
    save("Checkpoint_001", state)


def two_parts():
    """Keys of two parts, a normalization, and a plain dictionary for a state."""
    state = {
        "conv.weight": torch.randn(4, 1, 3),
        "conv.bias": torch.randn(4) * 0.1,
        "norm.weight": torch.rand(4) + 0.5,
        "norm.bias": torch.randn(4) * 0.2,
        "norm.num_batches_tracked": torch.tensor(7),
        "fc.weight": torch.randn(3, 8) * 0.01,
    }
    save("Checkpoint_002", state, extras={})


torch.manual_seed(2026)
bits()
quantiles()
two_parts()
