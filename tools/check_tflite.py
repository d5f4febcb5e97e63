#!/usr/bin/env python3
"""Runs what TensorFlow Lite's flavours make in LiteRT, beside the float models.

    tools/check_tflite.py FILES SHARED [SCHEME[/MODEL]]

FILES is what `tflite::write` of quant-core's tests wrote (<scheme>/<model>.tflite), SHARED the reference data. Each file is
loaded and run on the model's records, as LiteRT does by itself (with XNNPACK), with its kernels alone (without delegates), and with
its reference kernels. Its error is
the largest difference at an output, as a part of the float output's largest value. What LiteRT refuses, what is no number and
what is above the scheme's bound fails; models with a bound of their own stand in BOUNDS with the reason. A network with a twin
of TensorFlow's converter in SHARED/models is not worse than that.
"""
import concurrent.futures
import fnmatch
import pathlib
import sys
from concurrent.futures.process import BrokenProcessPool

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

FILES, SHARED = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
PART = (sys.argv[3] if len(sys.argv) > 3 else "*").split("/")
RESOLVERS = {
    "xnnpack": OpResolverType.AUTO,
    "kernels": OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    "reference": OpResolverType.BUILTIN_REF,
}

# The largest error of a scheme's models.
SCHEMES = [
    ("float16", 0.01),
    ("aeq_float_casting", 0.01),
    ("*wi2*", 1.5),
    ("*wi4*", 0.5),
    ("int16x8*", 0.05),
    ("aeq_static_wi8_ai16", 0.05),
    ("*", 0.1),
]
# Models beyond that: scheme, model, kernels, bound, reason.
BOUNDS = [
    ("float16", "net_huge_range", "*", 1.0, "values beyond 65504 become 65504, as in the original"),
    ("aeq_float_casting", "net_huge_range", "*", 1.0, "the same"),
    ("float16", "net_tiny_range", "*", 0.2, "values below the least normal half"),
    ("aeq_float_casting", "net_tiny_range", "*", 0.2, "the same"),
    ("*", "sum", "reference", 2.0, "the reference kernel of SUM computes integers of other scales wrongly"),
    ("*wi4b*", "*", "reference", 1.2, "the reference kernels do not know blocks"),
    ("*wi4b*", "fc_b64x2", "kernels", 1.5, "only XNNPACK is right about blocks in all shapes"),
    ("*", "hand_lstm_all", "*", 0.3, "kernels take as many peephole weights as there are outputs"),
    ("*wi4*", "resnet8", "*", 1.0, "4-bit weights change the class of one of four noisy records"),
    ("*wi4*", "blazeface_front", "*", 0.8, "32 layers of 4-bit weights"),
    ("*wi4*", "ds_cnn_kws", "*", 0.6, "the same, of 10"),
    ("*wi8*", "autoencoder_ad01", "*", 0.15, "ten dense layers that amplify"),
    ("*", "blazeface_front", "*", 0.16, "32 layers on noise"),
    ("uint8", "mobilenetv2_160", "*", 1.5, "one scale for each filter of MobileNetV2 costs its accuracy (arXiv 1806.08342)"),
    ("float16", "mobilenetv2_160", "*", 0.02, "outputs of noise are small beside its activations"),
    ("*", "mobilenetv2_160", "*", 0.5, "the same; TensorFlow's own int8 is 0.41 off, its dynamic range 0.37"),
]
# Files that a set of kernels does not take: scheme, model, kernels, what it says, reason.
REFUSED = [
    ("*", "hand_custom_op", "*", "unresolved custom op", "nobody has its kernel, of the float model either"),
    ("*", "elu", "reference", "opcode 'ELU'", "the reference kernels have no ELU"),
    ("*", "depth_to_space", "reference", "version '2'", "the reference kernels end at version 1"),
    ("*", "tile", "reference", "version '3'", "the reference kernels end at version 1"),
]


def reference(model: str) -> pathlib.Path:
    folders = [SHARED / "reference/tflite" / kind / model for kind in ("models", "nets")]
    return next(folder for folder in folders if folder.is_dir())


def float_model(model: str) -> pathlib.Path:
    own = reference(model) / "model.tflite"
    return own if own.is_file() else SHARED / "models" / f"{model}_float32.tflite"


def records(model: str):
    files = sorted(reference(model).glob("input_*.npy"))
    if not files:
        files = [SHARED / "models" / f"{model}_calibration.npy"]
    return [np.load(file)[:4] for file in files]


def run(path: pathlib.Path, inputs, resolver):
    """The outputs of each record as floats. Outputs and inputs are in the order of the interface."""
    runtime = Interpreter(str(path), experimental_op_resolver_type=resolver, num_threads=1)
    runtime.allocate_tensors()
    results = []
    for index in range(len(inputs[0])):
        for detail, values in zip(runtime.get_input_details(), inputs):
            value = values[index].reshape(detail["shape"])
            if detail["dtype"] != value.dtype:
                scale, zero_point = detail["quantization"]
                limits = np.iinfo(detail["dtype"])
                value = np.clip(np.round(value / scale + zero_point), limits.min, limits.max)
            runtime.set_tensor(detail["index"], value.astype(detail["dtype"]))
        runtime.invoke()
        outputs = []
        for detail in runtime.get_output_details():
            value = runtime.get_tensor(detail["index"])
            scale, zero_point = detail["quantization"]
            if scale:
                value = (value.astype(np.float64) - zero_point) * scale
            outputs.append(value.astype(np.float64))
        results.append(outputs)
    return results


def error(wanted, found) -> float:
    worst = 0.0
    for output in range(len(wanted[0])):
        a = np.stack([record[output] for record in wanted])
        b = np.stack([record[output].reshape(a.shape[1:]) for record in found])
        if not np.isfinite(b).all() and np.isfinite(a).all():
            return float("inf")
        good = np.isfinite(a)
        if good.any():
            most = np.abs(a[good]).max()
            off = np.abs(a - b)[good].max()
            worst = max(worst, float(off / most) if most else float(off))
    return worst


def job(path: str):
    """For each set of kernels, the error or what LiteRT says."""
    path = pathlib.Path(path)
    model = path.stem
    inputs = records(model)
    found = {}
    try:
        wanted = run(float_model(model), inputs, RESOLVERS["kernels"])
    except Exception as problem:  # pylint: disable=broad-except
        return str(path), dict.fromkeys(RESOLVERS, f"the float model: {problem}")
    for name, resolver in RESOLVERS.items():
        try:
            found[name] = error(wanted, run(path, inputs, resolver))
        except Exception as problem:  # pylint: disable=broad-except
            found[name] = " ".join(str(problem).split())[:200]
    return str(path), found


def batch(paths):
    return [job(path) for path in paths]


def all_jobs(paths):
    """A file that ends the process is told as such: its batch runs again, each file in a process of its own."""
    batches = [paths[at : at + 20] for at in range(0, len(paths), 20)]
    while batches:
        again = []
        with concurrent.futures.ProcessPoolExecutor(2) as pool:
            futures = [(pool.submit(batch, paths), paths) for paths in batches]
            for future, paths in futures:
                try:
                    yield from future.result()
                except BrokenProcessPool:
                    again.append(paths)
        batches = []
        for paths in again:
            for path in paths:
                with concurrent.futures.ProcessPoolExecutor(1) as pool:
                    try:
                        yield from pool.submit(batch, [path]).result()
                    except BrokenProcessPool:
                        yield path, dict.fromkeys(RESOLVERS, "it ends the process")


# What TensorFlow's converter made of networks: part of the file's name, our scheme.
TWINS = [("int8_converter", "int8"), ("dynamic_range_converter", "dynamic")]
# A twin has seen other records, and rounds where we do.
NO_WORSE = 1.1


def twins():
    """For each network with a twin, that our error is not above the twin's."""
    for word, scheme in TWINS:
        for path in sorted((SHARED / "models").glob(f"*_{word}.tflite")):
            model = path.name.removesuffix(f"_{word}.tflite")
            ours = FILES / scheme / f"{model}.tflite"
            if not ours.is_file():
                continue
            inputs = records(model)
            resolver = RESOLVERS["kernels"]
            wanted = run(float_model(model), inputs, resolver)
            yield f"{scheme}/{model}", error(wanted, run(ours, inputs, resolver)), error(wanted, run(path, inputs, resolver))


def fits(row, scheme: str, model: str, kernels: str) -> bool:
    return all(map(fnmatch.fnmatchcase, (scheme, model, kernels), row[:3]))


def bound(scheme: str, model: str, kernels: str) -> float:
    own = [row[3] for row in BOUNDS if fits(row, scheme, model, kernels)]
    return own[0] if own else next(limit for pattern, limit in SCHEMES if fnmatch.fnmatchcase(scheme, pattern))


def main() -> int:
    names = [PART[0], PART[1] if len(PART) > 1 else "*"]
    paths = sorted(str(path) for path in FILES.glob(f"{names[0]}/{names[1]}.tflite"))
    refused = sorted(FILES.glob(f"{names[0]}/{names[1]}.refused"))
    problems, schemes, used = [], {}, set()
    for path, found in all_jobs(paths):
        path = pathlib.Path(path)
        scheme, model = path.parent.name, path.stem
        row = schemes.setdefault(scheme, [0, 0.0, "", 0])
        row[0] += 1
        for kernels, result in found.items():
            limit = bound(scheme, model, kernels)
            said = result if isinstance(result, str) else ""
            excused = [at for at, row in enumerate(REFUSED) if fits(row, scheme, model, kernels) and said and row[3] in said]
            if excused:
                used.update(excused)
                row[3] += 1
            elif isinstance(result, str):
                problems.append(f"{scheme}/{model}: {kernels}: {result}")
            elif not result <= limit:
                problems.append(f"{scheme}/{model}: {kernels}: error {result:.4f}, the bound is {limit}")
            elif result > row[1]:
                row[1], row[2] = result, model
    for scheme, (count, worst, model, left) in sorted(schemes.items()):
        told = f", {left} runs refused with a reason" if left else ""
        print(f"  {scheme}: {count} models, worst error {worst:.4f} ({model}){told}")
    for name, ours, twin in twins() if len(sys.argv) <= 3 else []:
        print(f"  {name}: error {ours:.4f}, that of the converter's file {twin:.4f}")
        if not ours <= twin * NO_WORSE:
            problems.append(f"{name}: error {ours:.4f}, that of the converter's file is {twin:.4f}")
    for path in refused:
        print(f"  {path.parent.name}/{path.stem} refused: {path.read_text()[:160]}")
    if len(sys.argv) <= 3:
        problems += [f"{REFUSED[at]} is not refused any more" for at in range(len(REFUSED)) if at not in used]
    for problem in problems:
        print(f"  WRONG: {problem}")
    print(
        f"tflite: {len(paths)} files of {len(schemes)} schemes ran in LiteRT with three sets of kernels, "
        f"{len(refused)} refused by us, {len(problems)} problems"
    )
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
