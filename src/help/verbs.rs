//! The help of every verb, in the order of the list of verbs.

use super::page::Help;
use super::{quality, systems};

/// All of it.
pub const HELP: &[Help] = &[
    Help {
        verb: "run",
        about: "A float model becomes a quantized one: the model runs on calibration data and the range of every activation is \
recorded, and weights, biases and activations become integers, as TensorFlow Lite's int8 for a .tflite, and with the \
arithmetic of Samsung ONE's uint8 for a .circle (then weights are fake-quantized first). --scheme names another quantizer; \
some need no data. A summary is printed: sizes, tensors and types, operators that stayed float, worst and mean error of the \
weights, how far the outputs are from the float model's on up to 32 of the records, time and memory. Without MODEL, a small \
embedded network is quantized.",
        examples: &[
            (
                "for an app with TensorFlow Lite (LiteRT): int8, float inputs and outputs",
                "quant run model.tflite --data calibration.npy -o model.int8.tflite",
            ),
            (
                "for a microcontroller: int8 inputs and outputs too, and nothing stays float",
                "quant run model.tflite --data calibration.npy --input-type int8 --output-type int8 --strict -o model.int8.tflite",
            ),
            (
                "int8 weights, float activations; no data is needed",
                "quant run model.tflite --scheme tflite-dynamic -o model.dynamic.tflite",
            ),
            (
                "as a recipe of ai-edge-quantizer says: its name, or a JSON file",
                "quant run model.tflite --recipe static_wi8_ai8 --data calibration.npy -o model.int8.tflite",
            ),
            (
                "for onert: uint8, one scale for each channel",
                "quant run model.tflite --data calibration.npy -o model.circle",
            ),
            (
                "int16, ranges as averages over batches of 16",
                "quant run model.circle --data records/ --type int16 --moving-average 16 -o model.q.circle",
            ),
            (
                "some layers with settings of their own, float inputs and outputs",
                "quant run model.circle --data calibration.npy --config qconf.json --input-type float32 --output-type float32",
            ),
            (
                "a first try without data",
                "quant run model.tflite --data random:1:8",
            ),
        ],
    },
    Help {
        verb: "fake-quantize",
        about: "Step 1. The weights of Conv2D, DepthwiseConv2D, TransposeConv and FullyConnected become the floats that \
they will stand for after quantization, so that step 2 records what the quantized model will see.",
        examples: &[(
            "uint8 weights, one scale a tensor",
            "quant fake-quantize model.circle --granularity layer -o 1.circle",
        )],
    },
    Help {
        verb: "record",
        about: "Step 2 (of TensorFlow Lite's quantizers the first). The model runs on every record, and the minimum and maximum of each float activation are kept: \
percentiles over the records, an exponential average over batches, or the least and the greatest of all.",
        examples: &[
            (
                "the first and the 99th percentile",
                "quant record 1.circle --data calibration.npy -o 2.circle",
            ),
            (
                "the smallest and the largest value of all",
                "quant record 1.circle --data records/ --mode minmax -o 2.circle",
            ),
            (
                "percentiles of values",
                "quant record model.tflite --data records.npy --observer percentile:99.99 -o model.ranges.tflite",
            ),
            (
                "one of four machines: a part of the records, into a file; it goes on where it was stopped",
                "quant record model.tflite --data records.npy --observer minmax --shard 0/4 --resume -o part-0.qstat",
            ),
            (
                "what all four found, which `quant run --recording` takes",
                "quant record --merge part-0.qstat part-1.qstat part-2.qstat part-3.qstat -o all.qstat",
            ),
        ],
    },
    Help {
        verb: "stats",
        about: "What a recording of `quant record` has: of which model and data it is, which records were seen, and of each tensor the range that comes of it and the extremes. Where the observer keeps a histogram, it goes into the JSON and the page.",
        examples: &[
            ("to read", "quant stats all.qstat"),
            ("the histograms", "quant stats all.qstat -o all.html"),
            ("for a program", "quant stats all.qstat --json -"),
        ],
    },
    Help {
        verb: "quantize",
        about: "Step 3. A float model with recorded ranges becomes a quantized model: of TensorFlow Lite's int8 for a .tflite, \
of ONE for a .circle and behind `fake-quantize`.",
        examples: &[
            (
                "behind steps 1 and 2, with the same type and granularity",
                "quant quantize 2.circle --type uint8 --granularity layer -o 3.circle",
            ),
            (
                "with ranges that another tool recorded",
                "quant quantize model.tflite --statistics calibration.json -o model.int8.tflite",
            ),
        ],
    },
    Help {
        verb: "weights-only",
        about: "Weights become symmetric integers with one scale for each output channel; activations stay float, and no \
data is needed.",
        examples: &[(
            "four-bit weights",
            "quant weights-only model.circle --type int4 -o model.int4.circle",
        )],
    },
    Help {
        verb: "info",
        about: "The operators of a model in order, each with what it makes: type, shape, size, scale and zero point (or how many \
scales) or recorded range, and the whole name, as configurations and other options take it. Then the constants, each with the \
operators that read it.",
        examples: &[
            ("to read", "quant info model.circle"),
            ("for a program", "quant info model.circle --json -"),
        ],
    },
    Help {
        verb: "dump",
        about: "Every tensor of the main graph with its type and quantization parameters, and the values of constants, nested as \
their shape, in the form of goldens. A tensor is called by its name; where the name repeats, or is empty, by the name, # and \
its number, as in conv#12. For shapes of activations, see info.",
        examples: &[
            ("one tensor, printed", "quant dump model.circle --tensor conv1"),
            ("all tensors, in a file", "quant dump model.circle -o model.json"),
        ],
    },
    Help {
        verb: "compare",
        about: "Tensors of the same name are compared: types and shapes, parameters, values. Of several tensors of one name, \
the first is compared with the first, the second with the second. What differs is printed as a table, and the exit code \
is 3. To compare what two models compute, see eval-diff and error-report.",
        examples: &[
            ("two models", "quant compare right.circle mine.circle"),
            ("a model with a dump", "quant compare right.json mine.circle"),
        ],
    },
    Help {
        verb: "convert",
        about: "The model is read and written again, in the format that the name of the output asks for. What the other \
format cannot say is an error.",
        examples: &[("TFLite to Circle", "quant convert model.tflite -o model.circle")],
    },
    Help {
        verb: "infer",
        about: "The model runs on every record, a quantized one in integers, bit for bit as the runtime computes them. Each output, constants among them, becomes one .npy \
file of the output's own type, whose first axis counts the records. When the shape of an output differs from record to \
record, each record has a file of its own: NAME.0.npy, NAME.1.npy and so on.",
        examples: &[
            ("the outputs", "quant infer model.tflite --data images.npy -o out"),
            (
                "every tensor",
                "quant infer model.tflite --data images.npy -o out --all",
            ),
        ],
    },
    super::accuracy::HELP,
    Help {
        verb: "eval-diff",
        about: "Both models run on the same records, and their outputs are compared one by one: mae (mean absolute error), mape \
(mean absolute percentage error), mpeir (peak error to interval ratio: the largest error over the range of the output's values), \
mse (mean squared error), top1 (part of the records whose largest element stands at the same place), top5 (part of the five \
largest elements that both have). Every number is a mean over records. \
A quantized model runs in integers, bit for bit as the runtime, where all its operators have kernels there, and is simulated in \
floats where not; compared are the real numbers that its outputs stand for. The number of threads changes nothing. This is ONE's circle-eval-diff.",
        examples: &[
            (
                "float against quantized",
                "quant eval-diff model.circle model.q.circle --data images.npy",
            ),
            (
                "two numbers, and a file",
                "quant eval-diff model.circle model.q.circle --data images.npy --metric mae,top1 --json diff.json",
            ),
            (
                "each model with data of its own",
                "quant eval-diff a.circle b.circle --data a.npy --data-b b.npy",
            ),
        ],
    },
    Help {
        verb: "error-report",
        about: "Both models run on the same records, and every activation that both have by name is compared, and every \
constant that was quantized: MPEIR (peak error to interval ratio: the largest error over the range of the tensor's values), MSE, \
TAE (total absolute error: the sum over the tensor), cosine and SQNR (signal to quantization noise, in dB). The worst are printed; errors.json has all numbers, and \
index.html draws the graph in the colours of the errors, beside a table that can be sorted. The page needs no network. \
This is ONE's visq.",
        examples: &[
            (
                "page and numbers",
                "quant error-report model.circle model.q.circle --data images.npy -o report",
            ),
            (
                "numbers alone",
                "quant error-report model.circle model.q.circle --data images.npy -o errors.json",
            ),
        ],
    },
    quality::SENSITIVITY,
    quality::AUTO,
    Help {
        verb: "implant",
        about: "Writes quantization parameters that another tool found into a float model. PARAMS is a JSON object: for \
each tensor, dtype (uint8, int8, int16, int32, int64), scale (a .npy file, float32, one dimension), zerop (int64, one \
dimension), quantized_dimension, and for constants value (integers of that type and the tensor's shape). Paths are \
relative to the JSON. Everything is checked before anything is written. This is ONE's q-implant.",
        examples: &[
            (
                "a whole model",
                "quant implant model.circle params/qparam.json -o model.q.circle",
            ),
            (
                "some tensors; the others stay float",
                "quant implant model.circle qparam.json --partial -o model.part.circle",
            ),
        ],
    },
    Help {
        verb: "mpq",
        about: "Mixed precision: a uint8 model whose first or last layers are int16, as few of them as reach the target \
error of the outputs, found by bisection over the depth of the operators, from both ends. The target is int16's error + ratio · (uint8's \
error - int16's), or given. Each model on the way is made as `run` makes it and compared with the float model, \
in integers of --runtime, or simulated where that has no kernel. The configuration goes into --config of `run`; layers that cannot have a type of their own stay uint8. The \
exit code is 3 when nothing reaches the target. This is ONE's circle-mpqsolver.",
        examples: &[
            (
                "half of the way from uint8 to int16",
                "quant mpq model.circle --data images.npy -o qconf.json",
            ),
            (
                "and then",
                "quant run model.circle --data images.npy --config qconf.json -o model.q.circle",
            ),
            (
                "an absolute target, and the model at once",
                "quant mpq model.circle --data images.npy --target-error 0.01 --metric mse -o qconf.json --model model.q.circle",
            ),
            (
                "int16 in layer normalizations and softmaxes of single operators",
                "quant mpq model.circle --data tokens.npy --pattern layer-norm,softmax -o qconf.json",
            ),
        ],
    },
    Help {
        verb: "report",
        about: "Every row of a test bench is quantized and compared with its goldens; the page shows every tensor, how far \
it is off, and the graph. The exit code is 3 when something differs.",
        examples: &[("this repository's own bench", "quant report --root . -o report")],
    },
    Help {
        verb: "golden",
        about: "The oracle, which shares no arithmetic with the quantizer, makes the golden values of a test bench, or \
checks that those in the tree are its own; or every row that the lists stand for is shown. Files in the trees that no row \
needs are named, and the exit code is 1. With filters, only rows that have one of them in their text or in the names of \
their tests are looked at.",
        examples: &[
            ("make what is missing or old", "quant golden write"),
            ("the same of one model", "quant golden write Conv2D_000"),
            (
                "remove goldens of tensors and rows that are gone",
                "quant golden write --prune",
            ),
            ("the rows of a list with braces and stars", "quant golden list"),
            ("check in CI", "quant golden check --root ."),
        ],
    },
    systems::AI8X,
    systems::AMCT,
    Help {
        verb: "completions",
        about: "Prints a script that lets a shell complete verbs, options and the words that they take: those of `quant`, or of a \
program of ONE.",
        examples: &[
            (
                "bash",
                "quant completions bash > ~/.local/share/bash-completion/completions/quant",
            ),
            (
                "zsh, in a folder of $fpath",
                "quant completions zsh > ~/.zfunc/_quant",
            ),
            (
                "fish",
                "quant completions fish > ~/.config/fish/completions/quant.fish",
            ),
            (
                "a program of ONE",
                "quant completions fish --program circle-quantizer > ~/.config/fish/completions/circle-quantizer.fish",
            ),
        ],
    },
];
