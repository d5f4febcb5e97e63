//! The help of verbs that are other systems than TensorFlow Lite and ONE.

use super::page::Help;

/// Of `ai8x`.
pub const AI8X: Help = Help {
    verb: "ai8x",
    about: "A PyTorch checkpoint becomes integers for MAX78000 or MAX78002, with the arithmetic of ai8x-synthesis' \
quantize.py. No Python is needed, and nothing in the checkpoint is executed.",
    examples: &[
        (
            "quantization-aware training",
            "quant ai8x best.pth.tar best-q.pth.tar --device MAX78000",
        ),
        (
            "weights scaled after training",
            "quant ai8x best.pth.tar best-q.pth.tar --device MAX78002 --clip-method SCALE --scale 0.85",
        ),
        (
            "batch normalizations are fused first",
            "quant ai8x best.pth.tar best-q.pth.tar --device MAX78000 --fuse-batch-norm",
        ),
    ],
};

/// Of `amct`.
pub const AMCT: Help = Help {
    verb: "amct",
    about: "A frozen TensorFlow graph becomes a quantized one for Ascend processors, with the files and the arithmetic of \
AMCT: config.json, record.txt, PREFIX_quantized.pb with AscendQuant, AscendWeightQuant and AscendDequant, and PREFIX_quant.json. \
`config` writes the configuration, `calibrate` searches factors on data, `convert` takes a record, `convert-qat` a graph with \
FakeQuant nodes, `auto-accuracy` leaves layers float until the accuracy holds, `auto-perf` those that are slower quantized. docs/amct.md has more.",
    examples: &[
        (
            "calibrate on a batch of 32 pictures",
            "quant amct calibrate mobilenet_v2.pb --outputs MobilenetV2/Predictions/Reshape_1 --data pictures/ --preset amct-sample \
-o outputs/mobilenet_v2",
        ),
        (
            "a record that is there",
            "quant amct convert mobilenet_v2.pb --record record.txt -o outputs/mobilenet_v2",
        ),
        (
            "layers that a table says are slower quantized stay float",
            "quant amct auto-perf mobilenet_v2.pb --record record.txt --times times.csv -o outputs/fast/mobilenet_v2",
        ),
    ],
};
