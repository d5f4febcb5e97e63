#!/usr/bin/env python3
"""Recording every activation here, beside LiteRT with XNNPACK merely running the same network.

    benches/vs_litert/run.py [MODEL.tflite ...] [--rounds N] [--threads 1,2]

Without models: those of ../shared/models that are there, and a MobileNetV1 of 224 pixels with random weights that the
script makes. Needs ai-edge-litert (tools/python_env.sh makes an environment with it in target/tools/python, which the
script finds by itself). Each round times LiteRT and then `record` on as many images; the ratio is images/s of `record`
by those of LiteRT in the same round, so that a change of the machine's speed hits both. Ours includes preparing the
model (packing the weights), LiteRT's does not.
"""
import argparse
import pathlib
import statistics
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from beside_litert import MODELS, REPO, LiteRt, Ours, built, need_litert

NETWORKS = ["mobilenetv2_160", "blazeface_front", "resnet8", "mobilenetv1_vww96", "ds_cnn_kws", "autoencoder_ad01"]
# Channels and stride of each depthwise separable block of MobileNetV1.
BLOCKS = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)] + [(512, 1)] * 5 + [(1024, 2), (1024, 1)]


def mobilenet_v1(size=224, classes=1001):
    """The recipe of MobileNetV1: weights are random, of a spread that keeps activations in range."""
    text, operands, operations = [], [], []

    def operand(name, dims, filler=None):
        shape = " ".join(f"dim: {d}" for d in dims)
        fill = f' filler {{ tag: "gaussian" arg: "0.0" arg: "{filler}" }}' if filler else ""
        operands.append(f'operand {{ name: "{name}" type: FLOAT32 shape {{ {shape} }}{fill} }}')

    def conv(kind, name, source, dims, stride, out, fan, act="RELU6"):
        channels = dims[0] if kind == "Conv2D" else dims[3]
        operand(f"{name}_w", dims, (2 / fan) ** 0.5)
        operand(f"{name}_b", [channels], 0.1)
        operand(name, [1, out, out, channels])
        options = f"padding: SAME stride_w: {stride} stride_h: {stride} activation: {act}"
        block = "conv2d_options" if kind == "Conv2D" else "depthwiseconv2d_options"
        extra = "" if kind == "Conv2D" else " depth_multiplier: 1"
        operations.append(
            f'operation {{ type: "{kind}" input: "{source}" input: "{name}_w" input: "{name}_b" '
            f'output: "{name}" {block} {{ {options}{extra} }} }}'
        )
        return name

    operand("image", [1, size, size, 3])
    size //= 2
    last, channels = conv("Conv2D", "stem", "image", [32, 3, 3, 3], 2, size, 27), 32
    for number, (out, stride) in enumerate(BLOCKS):
        size //= stride
        last = conv("DepthwiseConv2D", f"d{number}", last, [1, 3, 3, channels], stride, size, 9)
        last = conv("Conv2D", f"p{number}", last, [out, 1, 1, channels], 1, size, channels)
        channels = out
    operand("pooled", [1, 1, 1, channels])
    operations.append(
        f'operation {{ type: "AveragePool2D" input: "{last}" output: "pooled" averagepool2d_options '
        f"{{ padding: VALID stride_w: 1 stride_h: 1 filter_width: {size} filter_height: {size} }} }}"
    )
    operand("logits_w", [classes, channels], (1 / channels) ** 0.5)
    operand("logits_b", [classes], 0.1)
    operand("logits", [1, classes])
    operations.append(
        'operation { type: "FullyConnected" input: "pooled" input: "logits_w" input: "logits_b" output: "logits" '
        "fullyconnected_options { activation: NONE } }"
    )
    text = operands + operations + ['input: "image"', 'output: "logits"', ""]
    return "\n".join(text)


def compare(program, model, threads, rounds):
    theirs = LiteRt(model, threads)
    theirs.time(3)
    one = theirs.time(10) / 10
    # A round of a third of a second of LiteRT, and enough records that preparing the model does not count.
    count = max(24, min(20000, int(0.33 / one)))
    ours = Ours(program, model, threads, count)
    ours.time()
    ratios, rates = [], []
    for _ in range(rounds):
        a, b = theirs.time(count), ours.time()
        ratios.append(a / b)
        rates.append((count / a, count / b))
    ours.stop()
    litert, record = (statistics.median(column) for column in zip(*rates))
    print(
        f"| {model.stem.removesuffix('_float32')} | {threads} | {litert:.0f} | {record:.0f} | "
        f"{min(ratios):.2f} | {statistics.median(ratios):.2f} | {max(ratios):.2f} |",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--threads", default="1,2")
    args = parser.parse_args()
    need_litert()
    subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=REPO, check=True)
    program = built("vs_litert")
    models = args.models
    if not models:
        models = [path for name in NETWORKS if (path := MODELS / f"{name}_float32.tflite").exists()]
        made = REPO / "target" / "vs_litert"
        made.mkdir(parents=True, exist_ok=True)
        (made / "mobilenetv1_224.recipe").write_text(mobilenet_v1())
        quant = REPO / "target" / "release" / "quant"
        model = made / "mobilenetv1_224.tflite"
        subprocess.run([quant, "convert", made / "mobilenetv1_224.recipe", "-o", model], check=True, stdout=subprocess.DEVNULL)
        models.insert(0, model)
    print("| network | threads | LiteRT, images/s | record, images/s | ratio: min | median | max |")
    print("|---|---|---|---|---|---|---|")
    for model in models:
        for threads in map(int, args.threads.split(",")):
            compare(program, model, threads, args.rounds)


if __name__ == "__main__":
    main()
