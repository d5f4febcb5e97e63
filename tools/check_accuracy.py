#!/usr/bin/env python3
"""How much accuracy remedies win back, on networks with labelled images.

    tools/check_accuracy.py QUANT [REFERENCE] [--network PATTERN] [--jobs N] [--runtime RUNTIME]
                            [--auto W8A8|W4A8|all|none]

QUANT is the built command. REFERENCE (else $QUANT_REFERENCE, else ../shared) has `reference/accuracy`: a folder for each network
with its `model.tflite`, and `data_*` with the images; without it, nothing is checked, and that is said. Each network is quantized in
the ways of GOALS and runs on all test images in `quant infer`, in integers where the runtime has kernels here, else simulated in
floats (`sim`). Three figures: top-1 in %, agreement with the float model's top-1 in %, signal to noise of the scores in dB.

Besides, `quant auto` looks by itself for options with which a network loses at most half a point (W8A8; the default) or one (W4A8,
which takes minutes, as AdaRound is among what it tries), per tensor and per channel; it must be reached, and be no worse than
what it tried first, which is `quant run` without options.

A goal is won when no figure is below its floor, and lost if one is; `beats` marks the rows where none is below what the
simulation of the goals' author reached. Ends with `accuracy: N networks, C configurations, W wins, L losses`, and fails when L is
not 0.
"""
import argparse
import concurrent.futures
import fnmatch
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
# What a network's images are divided by and so on, in float32, by the name of its data.
PREPARED = {
    "data_mnist": lambda x: x / np.float32(255),
    "data_fashion": lambda x: (x / np.float32(255) - np.float32(0.286)) / np.float32(0.353),
}
DATA = {"repvgg_tiny": "data_fashion", "mobilenetv3_tiny": "data_fashion"}
SETTINGS = {
    "W8A8-T": ["--scheme", "tflite-int8", "--per-tensor"],
    "W8A8-C": ["--scheme", "tflite-int8"],
    "W8A16-C": ["--scheme", "tflite-int16x8"],
    "W4A8-T": ["--scheme", "tflite-int8", "--weight-type", "int4", "--per-tensor"],
    "W4A8-C": ["--scheme", "tflite-int8", "--weight-type", "int4"],
}
# Network, setting, remedies, floors, and what the simulation of their author reached.
GOALS = [
    ("mobilenet_scaled", "W8A8-T", "cle,bias-correction", (97.8, 99.7, 33), (98.15, 100.0, 35.7)),
    ("mobilenet_scaled", "W8A8-C", "cle,bias-correction", (97.8, 99.7, 33), (98.15, 100.0, 35.8)),
    ("mobilenet_scaled", "W8A16-C", "cle", (98.0, 99.9, 36), (98.15, 100.0, 39.0)),
    ("mobilenet_scaled", "W4A8-T", "cle,bias-correction", (97.3, 98.9, 15), (97.95, 99.5, 17.6)),
    ("mobilenet_scaled_mild", "W8A8-T", "cle,bias-correction", (97.8, 99.7, 33), (98.15, 100.0, 35.7)),
    ("mobilenet_tiny", "W8A8-T", "bias-correction", (97.9, 99.7, 33), (98.15, 99.95, 35.6)),
    ("mobilenet_tiny", "W4A8-T", "cle,bias-correction", (97.8, 98.9, 15), (98.5, 99.35, 17.6)),
    ("mobilenet_tiny", "W4A8-C", "bias-correction", (97.8, 99.2, 19), (98.2, 99.6, 21.2)),
    ("mobilenet_tiny", "W4A8-C", "adaround", (97.7, 99.2, 22.5), (98.0, 99.55, 25.0)),
    ("repvgg_tiny", "W8A8-T", "cle,bias-correction", (88.8, 99.3, 31), (89.25, 99.65, 33.5)),
    ("repvgg_tiny", "W8A8-C", "bias-correction", (88.8, 98.9, 31), (89.4, 99.25, 33.4)),
    ("repvgg_tiny", "W4A8-C", "cle,bias-correction,weight-mse", (82, 86, 6.5), (84.0, 89.15, 7.4)),
    ("repvgg_tiny", "W4A8-C", "cle,adaround", (87.5, 95.5, 17), (88.75, 97.05, 18.7)),
    ("repvgg_tiny", "W4A8-T", "cle,adaround,weight-mse", (87.3, 95, 17), (88.35, 96.35, 20.0)),
    ("mobilenetv3_tiny", "W4A8-T", "cle,bias-correction,weight-mse", (87.8, 94.8, 15), (88.6, 95.95, 17.5)),
    ("attention_tiny", "W4A8-T", "bias-correction,weight-mse", (96.9, 98.2, 15), (97.5, 98.75, 17.4)),
    ("attention_tiny", "W4A8-C", "adaround", (97.2, 98.9, 20.5), (97.75, 99.35, 22.7)),
]
# With this, agreement is to be no worse than without it, but for so many points, in W8A8-C on every network.
DEFAULT, LESS = "cle,bias-correction", 0.3

# Points that `auto` may lose, by setting.
DROPS = {"W8A8-T": 0.5, "W8A8-C": 0.5, "W4A8-T": 1.0, "W4A8-C": 1.0}


def figures(scores, reference, labels):
    """Top-1, agreement and signal to noise."""
    best = scores.argmax(1)
    noise = ((scores.astype(np.float64) - reference) ** 2).sum()
    signal = (reference.astype(np.float64) ** 2).sum()
    sqnr = 10 * np.log10(signal / noise) if noise else np.inf
    return 100 * (best == labels).mean(), 100 * (best == reference.argmax(1)).mean(), sqnr


def quant(*arguments):
    done = subprocess.run([options.quant, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    return done.stdout


def scores(model, images, folder, float_model=None):
    """The scores of all images, and how they were computed."""
    count = len(np.load(images, mmap_mode="r"))
    try:
        quant("infer", model, "--data", images, "-o", folder, "--dequantize", "--runtime", options.runtime)
        return np.load(next(pathlib.Path(folder).glob("*.npy"))).reshape(count, -1), "int"
    except RuntimeError:
        if float_model is None:
            raise
    prefix = pathlib.Path(f"{folder}.dump")
    quant("eval-diff", float_model, model, "--data", images, "--dump-output-prefix", prefix)
    dumps = [np.fromfile(f"{prefix}.{record}.second.output0", np.float32) for record in range(count)]
    return np.stack(dumps), "sim"


class Network:
    def __init__(self, path, work):
        self.name, self.model = path.name, path / "model.tflite"
        data = path.parent / DATA.get(path.name, "data_mnist")
        self.calibration = data / "calibration.npy"
        self.images = work / f"{data.name}.npy"
        if not self.images.exists():
            raw = np.load(data / "test_images.npy").astype(np.float32)
            np.save(self.images, PREPARED[data.name](raw).astype(np.float32))
        self.labels = np.load(data / "test_labels.npy").astype(np.int64)
        self.float, _ = scores(self.model, self.images, work / f"{path.name}.float")
        self.work = work

    def measure(self, setting, remedies):
        name = f"{self.name}.{setting}.{remedies or 'plain'}"
        output = self.work / f"{name}.tflite"
        more = ["--remedies", remedies] if remedies else []
        said = quant("run", self.model, "--data", self.calibration, "-o", output, "--no-check", "--threads", 1,
                     *SETTINGS[setting], *more)
        if options.verbose:
            print(name, *[line for line in said.splitlines() if line.startswith("remedies") or line.startswith("  ")], sep="\n  ")
        found, how = scores(output, self.images, self.work / name, self.model)
        return *figures(found, self.float, self.labels), how

    def auto(self, setting):
        output, labels = self.work / f"{self.name}.{setting}.auto.tflite", self.work / f"{self.name}.labels.npy"
        np.save(labels, self.labels)
        try:
            quant("auto", self.model, "--data", self.images, "--labels", labels, "--calibration", self.calibration, "--max-drop",
                  DROPS[setting], "-o", output, "--threads", 1, *SETTINGS[setting][2:])
        except RuntimeError as error:
            if not pathlib.Path(f"{output}.trail.json").exists():
                raise
            print(f"{self.name} {setting} auto: {error}")
        trail = json.loads(pathlib.Path(f"{output}.trail.json").read_text())
        best = trail["tried"][trail["best"]]
        what = " ".join(word for word in best["options"] if not word.startswith("name:"))
        return trail["float"]["score"], trail["tried"][0]["got"]["score"], best["got"]["score"], len(trail["tried"]), what


def shown(figures):
    return f"{figures[0]:6.2f} / {figures[1]:6.2f} / {figures[2]:5.1f}"


def main():
    accuracy = options.reference / "reference/accuracy"
    networks = sorted(accuracy.glob("*/model.tflite"))
    if not networks:
        print(f"accuracy: skipped, there is no network under {accuracy}")
        return 0
    networks = [path.parent for path in networks if fnmatch.fnmatch(path.parent.name, options.network)]
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        networks = {path.name: Network(path, work) for path in networks}
        tasks = [goal for goal in GOALS if goal[0] in networks]
        tasks = [goal for goal in tasks if fnmatch.fnmatch(goal[2], options.remedies)]
        plain = dict.fromkeys((network, setting) for network, setting, *_ in tasks)
        defaults = [(name, "W8A8-C") for name in networks if options.remedies == "*"]
        plain.update(dict.fromkeys(defaults))
        wanted = [(*key, "") for key in plain] + [goal[:3] for goal in tasks] + [(*key, DEFAULT) for key in defaults]
        wanted = list(dict.fromkeys(wanted))
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            one = lambda task: networks[task[0]].measure(*task[1:])
            futures = {task: pool.submit(one, task) for task in wanted}
            settings = [setting for setting in DROPS if options.auto in ("all", setting[:4]) and options.remedies == "*"]
            autos = {(name, setting): pool.submit(networks[name].auto, setting) for name in networks for setting in settings}
        found, wins, losses = {}, 0, []
        for task, future in futures.items():
            try:
                found[task] = future.result()
            except (RuntimeError, StopIteration) as error:
                print(f"{' '.join(task)}: {error}")
        print(f"{'network':22}{'setting':9}{'remedies':34}{'plain':>23}{'with them':>24}{'floor':>24}")
        rows = 0
        for network, setting, remedies, floor, reached in tasks:
            rows += 1
            now, cured = found.get((network, setting, "")), found.get((network, setting, remedies))
            line = f"{network:22}{setting:9}{remedies:34}{shown(now) if now else 'fails':>23}  "
            if cured is None or any(a < b for a, b in zip(cured, floor)):
                losses.append(f"{network} {setting} {remedies}")
                mark = "LOST"
            else:
                wins += 1
                mark = "beats" if all(round(a, 2) >= b for a, b in zip(cured, reached)) else "won"
            line += f"{shown(cured) if cured else 'fails':>22}  {shown(floor)}  {mark} {cured[3] if cured else ''}"
            print(line)
        for network, setting in defaults:
            rows += 1
            now, cured = found.get((network, setting, "")), found.get((network, setting, DEFAULT))
            held = now is not None and cured is not None and cured[1] >= now[1] - LESS
            wins += held
            if not held:
                losses.append(f"{network} {setting} {DEFAULT} against none")
            print(f"{network:22}{setting:9}{DEFAULT:34}{shown(now) if now else 'fails':>23}  "
                  f"{shown(cured) if cured else 'fails':>22}  {'no worse than plain':22}  {'won' if held else 'LOST'}")
        for (network, setting), future in autos.items():
            rows += 1
            try:
                whole, now, best, tries, what = future.result()
                won = best >= max(now, whole - DROPS[setting] - 1e-9)
                line = f"plain {now:.2f}, best {best:.2f} of {whole:.2f} in {tries} tries: {what or 'as it is'}"
            except (RuntimeError, StopIteration, OSError) as error:
                won, line = False, str(error)
            wins += won
            if not won:
                losses.append(f"{network} {setting} auto")
            print(f"{network:22}{setting:9}{'auto':8}{line}  {'won' if won else 'LOST'}")
        for loss in losses:
            print("lost:", loss)
        print(f"accuracy: {len(networks)} networks, {rows} configurations, {wins} wins, {len(losses)} losses")
        return 1 if losses else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("quant", type=lambda path: str(pathlib.Path(path).resolve()))
    default = pathlib.Path(os.environ.get("QUANT_REFERENCE", ROOT.parent / "shared"))
    parser.add_argument("reference", nargs="?", type=pathlib.Path, default=default)
    parser.add_argument("--network", default="*")
    parser.add_argument("--remedies", default="*")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--runtime", default="litert-reference")
    parser.add_argument("--auto", choices=["W8A8", "W4A8", "all", "none"], default="W8A8")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    sys.exit(main())
