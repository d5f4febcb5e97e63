"""Makes crates/quant-ai8x/tests/files/statistics.json: sums, means, deviations and quantiles that torch computes.

Run it with tools/torch_env.sh's environment. Elements are not stored: both sides make them by the same rule.
"""

import json
import pathlib

import numpy as np
import torch

FILE = pathlib.Path(__file__).parent.parent / "crates/quant-ai8x/tests/files/statistics.json"


def elements(count, seed):
    """Singles in -1...1 by a linear congruential generator, cubed so that sizes differ."""
    state, made = seed, []
    for _ in range(count):
        state = (state * 1103515245 + 12345) % 2**31
        made.append(state)
    x = (np.array(made, np.float32) / np.float32(2**30)) - np.float32(1)
    return torch.from_numpy(x * x * x)


def bits(x):
    return int(np.float32(x).view(np.uint32))


def main():
    torch.set_num_threads(1)
    rows = []
    for count in [1, 2, 5, 7, 8, 9, 15, 31, 32, 33, 63, 64, 100, 127, 500, 513, 4095, 4096, 4097, 20000, 65536, 150001]:
        x = elements(count, count)
        row = {"count": count, "sum": bits(x.sum()), "mean": bits(x.mean())}
        if count > 1:
            row["std"] = bits(x.std())
        row["quantiles"] = [[bits(q), bits(torch.quantile(x.abs(), torch.tensor(q)))] for q in (0.0, 0.1, 0.5, 0.9, 0.985, 0.99, 0.999, 1.0)]
        rows.append(row)
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")


main()
