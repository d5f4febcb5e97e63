//! The help of the verbs that say where accuracy is lost, and win it back.

use super::page::Help;

/// Of `sensitivity`.
pub const SENSITIVITY: Help = Help {
    verb: "sensitivity",
    about: "Which layers a quantized model loses its accuracy in. Errors add up on their way, so the error of a tensor says \
little of its own layer. Here each layer is judged by itself: what restoring it to floats wins at the graph's outputs, what \
it costs there when it alone is quantized, and what it adds to its own output when it reads floats, and of that weights, \
inputs and output alone. The layers that hurt most stand first. Without QUANTIZED, the model is quantized as `quant run` \
would, with the same options.",
    examples: &[
        (
            "where a model loses",
            "quant sensitivity model.tflite model.int8.tflite --data calibration.npy",
        ),
        (
            "with options of `quant run`, and only what each layer adds",
            "quant sensitivity model.tflite --per-tensor --data calibration.npy --added",
        ),
    ],
};

/// Of `auto`.
pub const AUTO: Help = Help {
    verb: "auto",
    about: "Looks for the options of `quant run` with which a model is good enough (--max-drop), small enough (--max-bytes) or \
runs in integers on a runtime (--runtime). It begins with what `quant run` does by itself, tries remedies and other ranges, \
and then makes the fewest operators int16 (of ONE's uint8) or keeps them in floats, those first that win most, or takes wider types. Options that are given hold in \
every try. Each try is told with what it got; the best model is written, with a trail beside it (JSON, and a page) and the \
`quant run` that makes the same model. The result is never worse than what `quant run` gives. When the goal is not reached, the best is \
written and the exit code is 3.",
    examples: &[
        (
            "at most half a point less than the float model, by labelled data",
            "quant auto model.tflite --data images.npy --labels labels.npy --calibration calibration.npy --max-drop 0.5 -o model.int8.tflite",
        ),
        (
            "without labels: in at most one of a hundred records another answer than the float model's",
            "quant auto model.tflite --data calibration.npy --max-drop 1 -o model.int8.tflite",
        ),
        (
            "the best that fits",
            "quant auto model.tflite --data calibration.npy --max-bytes 300000 -o model.int8.tflite",
        ),
    ],
};
