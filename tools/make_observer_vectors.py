#!/usr/bin/env python3
"""Ranges of fixed arrays by every observer of values, computed with NumPy from the definitions in docs/recordings.md, into
quant-core/tests/it/observer_vectors.tsv. With --check, compares the file instead.

    target/tools/python/bin/python tools/make_observer_vectors.py [--check]
"""
import pathlib
import sys

import numpy as np

FILE = pathlib.Path(__file__).resolve().parent.parent / "quant-core/tests/it/observer_vectors.tsv"
BINS = 2048
RECORDS, VALUES = 5, 700
ARRAYS = {"signed": (1, 3, 0.0), "positive": (2, 3, 1.0), "shifted": (3, 5, 0.25), "negative": (4, 1, -1.5)}


def array(seed, power, offset):
    """Records of values: a linear congruential generator's upper 24 bits, to an odd power, moved; all exact in f64."""
    state, values = seed, []
    for _ in range(RECORDS * VALUES):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        u = (state >> 40) / 2**23 - 1.0
        x = u
        for _ in range(power - 1):
            x *= u
        values.append(x + offset)
    return np.array(values, np.float64).astype(np.float32).reshape(RECORDS, VALUES)


def extremes(x):
    return np.float64(x.min()), np.float64(x.max())


def kl(x):
    low, high = extremes(x)
    most = max(abs(low), abs(high))
    levels = 128 if low < 0 else 256
    magnitudes = np.abs(x[x != 0]).astype(np.float64).ravel()
    counts = np.bincount(np.minimum((magnitudes / (most / BINS)).astype(int), BINS - 1), minlength=BINS).astype(np.float64)
    best = (np.inf, BINS)
    for bins in range(BINS, levels - 1, -1):
        if counts[bins:].sum() > counts[:bins].sum():
            break
        p = counts[:bins].copy()
        p[-1] += counts[bins:].sum()
        group = np.arange(bins) * levels // bins
        filled = counts[:bins] > 0
        sums = np.bincount(group, counts[:bins], levels)
        number = np.bincount(group, filled, levels)
        q = np.where(filled, sums[group] / np.maximum(number[group], 1), 0.0)
        some = p > 0
        with np.errstate(divide="ignore", invalid="ignore"):
            p, q = p / p.sum(), q / q.sum()
            divergence = np.sum(p[some] * np.log(p[some] / q[some]))
        if divergence < best[0] - 1e-12:
            best = (divergence, bins)
    if best[1] == BINS:
        return low, high
    threshold = np.float64(np.float32(most / BINS * best[1]))
    return np.clip(low, -threshold, threshold), np.clip(high, -threshold, threshold)


def away(x):
    return np.sign(x) * np.floor(np.abs(x) + 0.5)


def mse(x):
    low, high = extremes(x)
    width = (high - low) / BINS
    counts = np.bincount(np.minimum(((x.astype(np.float64).ravel() - low) / width).astype(int), BINS - 1), minlength=BINS)
    middles = low + (np.arange(BINS) + 0.5) * width
    least, most = min(low, 0.0), max(high, 0.0)
    best = (np.inf, low, high)
    for far in range(41):
        for near in range(11):
            parts = (1.0 - near * 0.1, 1.0 - far * 0.02)
            of_min, of_max = parts if most >= -least else parts[::-1]
            scale = (most * of_max - least * of_min) / 255.0
            zero = away(-least * of_min / scale)
            q = np.clip(away(middles / scale) + zero, 0.0, 255.0)
            error = np.sum(counts * (middles - (q - zero) * scale) ** 2)
            if error < best[0] * (1 - 1e-12):
                best = (error, low if of_min == 1.0 else least * of_min, high if of_max == 1.0 else most * of_max)
    return best[1:]


def percentile(x, p):
    """Sign, exponent and eight bits of the mantissa are a bin."""
    x = np.sort(x.ravel())
    cut = x.size * (100.0 - p) / 100.0

    def end(ordered):
        magnitude = ordered.view(np.uint32) & 0x7FFFFFFF
        first = (magnitude >> 15 << 15).view(np.float32).astype(np.float64)
        behind = ((magnitude >> 15) + 1 << 15).astype(np.uint32).view(np.float32).astype(np.float64)
        at = int(np.ceil(cut)) - 1 if cut > 0 else 0
        bits = ordered.view(np.uint32) >> 15
        same = np.flatnonzero(bits == bits[at])
        low, high = first[at], behind[at]
        if ordered[at] < 0:
            low, high = -behind[at], -first[at]
        return low, high, (cut - same[0]) / same.size

    low, high, part = end(x)
    least = low + (high - low) * part
    low, high, part = end(x[::-1].copy())
    most = high - (high - low) * part
    return np.clip((least, most), np.float64(x[0]), np.float64(x[-1]))


def ema(x, weight):
    average = None
    for record in x:
        ends = np.array(extremes(record))
        average = ends if average is None else weight * average + (1.0 - weight) * ends
    return average


OBSERVERS = {
    "minmax": extremes,
    "kl": kl,
    "mse": mse,
    "percentile:99": lambda x: percentile(x, 99.0),
    "percentile:99.9": lambda x: percentile(x, 99.9),
    "ema:0.9": lambda x: ema(x, 0.9),
    "ema:0.25": lambda x: ema(x, 0.25),
}

lines = ["# tools/make_observer_vectors.py: array, seed, power, offset, observer, min, max"]
for name, (seed, power, offset) in ARRAYS.items():
    values = array(seed, power, offset)
    for observer, of in OBSERVERS.items():
        low, high = (np.float32(end) for end in of(values))
        lines.append(f"{name}\t{seed}\t{power}\t{offset}\t{observer}\t{low!s}\t{high!s}")
text = "\n".join(lines) + "\n"
if "--check" in sys.argv:
    if FILE.read_text() != text:
        sys.exit(f"{FILE} is not what NumPy makes; run tools/make_observer_vectors.py")
else:
    FILE.write_text(text)
