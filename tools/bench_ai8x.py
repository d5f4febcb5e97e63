#!/usr/bin/env python3
"""`quant ai8x` beside ai8x-synthesis' quantize.py on the same checkpoint of 100 MB, in one run.

    tools/torch_env.sh
    cargo build --release && cargo bench -p quant-ai8x --no-run
    target/tools/torch/bin/python tools/bench_ai8x.py [--original quantize.py]

Without the original, its peer is PyTorch itself: a program (below, `peer`) that loads, computes the same and saves,
without YAML and messages. Best of five, whole process and peak memory; then the arithmetic alone, one thread each
and, for PyTorch, all threads.
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
QUANT = ROOT / "target/release/quant"


def make(path):
    import torch

    torch.manual_seed(1)
    state = {f"l{n}.op.weight": torch.randn(1024, 1024) * 0.1 for n in range(25)}
    torch.save({"epoch": 1, "state_dict": state, "extras": {}}, path)


def peer(source, target, threads):
    """The default method, in PyTorch; prints the seconds of the arithmetic."""
    import torch

    if threads:
        torch.set_num_threads(int(threads))
    checkpoint = torch.load(source, map_location="cpu", weights_only=False)
    state = checkpoint["state_dict"]
    start = time.perf_counter()
    new = dict(state)
    for key, weight in state.items():
        largest = weight.flatten().abs().quantile(1.0) if weight.numel() <= 16_000_000 else weight.abs().max()
        shift = (1 / largest).log2().floor().clamp(-15.0, 15.0)
        new[key] = (128 * 2.0**shift * weight).add(0.5).floor().clamp(-128, 127)
        new[key.removesuffix("op.weight") + "output_shift"] = torch.tensor([-1 * shift])
    spent = time.perf_counter() - start
    checkpoint["state_dict"] = new
    if target != "-":
        torch.save(checkpoint, target)
    print(f"{spent:.4f}")


def timed(words):
    """Seconds and peak MB of a process, the best of five."""
    best = (float("inf"), 0)
    for _ in range(5):
        start = time.perf_counter()
        child = subprocess.Popen([str(word) for word in words], stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        assert status == 0, words
        best = min(best, (time.perf_counter() - start, usage.ru_maxrss / 1024))
    return best


def main():
    original = sys.argv[sys.argv.index("--original") + 1] if "--original" in sys.argv else None
    with tempfile.TemporaryDirectory() as folder:
        source, target = pathlib.Path(folder, "in.pth"), pathlib.Path(folder, "out.pth")
        # In a process of its own: children inherit the peak memory of this one.
        subprocess.run([sys.executable, __file__, "make", source], check=True)
        size = source.stat().st_size / 1e6
        ours = timed([QUANT, "ai8x", source, target, "--device", "MAX78000"])
        theirs = [sys.executable, original, source, target, "--device", "MAX78000"] if original else None
        theirs = timed(theirs or [sys.executable, __file__, "peer", source, target, ""])
        print(f"checkpoint        {size:.0f} MB")
        print(f"whole process     ours {ours[0]:.2f} s, {ours[1]:.0f} MB; {'original' if original else 'PyTorch'} "
              f"{theirs[0]:.2f} s, {theirs[1]:.0f} MB; {theirs[0] / ours[0]:.1f} times as fast")
        bench = subprocess.run(["cargo", "bench", "--quiet", "-p", "quant-ai8x", "--bench", "arithmetic", "--", source], cwd=ROOT, text=True,
                               capture_output=True, check=True).stdout.split()
        ours = float(bench[1])
        for threads in ("1", ""):
            words = [sys.executable, __file__, "peer", source, "-", threads]
            theirs = min(float(subprocess.run(words, text=True, capture_output=True, check=True).stdout) for _ in range(3))
            print(f"arithmetic alone  ours {ours:.3f} s; PyTorch, {threads or 'all'} thread(s), {theirs:.3f} s; "
                  f"{theirs / ours:.1f} times as fast")


if sys.argv[1:2] == ["peer"]:
    peer(*sys.argv[2:])
elif sys.argv[1:2] == ["make"]:
    make(sys.argv[2])
else:
    main()
