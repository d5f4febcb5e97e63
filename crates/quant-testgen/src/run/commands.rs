//! The commands of a tool chain that is not Rust.

use std::time::Duration;

use quant_core::ir::FileFormat;

/// The commands of a tool chain, one a stage, as templates. A template is split at blanks; in each word are
/// replaced:
///
/// | word | by |
/// |---|---|
/// | `{in}`, `{out}` | the model that the stage reads, and the one that it must write |
/// | `{type}`, `{granularity}` | `uint8`, `int16`, …; `layer`, `channel` |
/// | `{data}` | the folder of text records: `0.txt`, `1.txt`, …, a line for each graph input |
/// | `{data_raw}` | a folder of raw records: `0.bin`, …, all inputs behind each other, little-endian |
/// | `{config}` | the `qconf.json` of an addQConfTest |
/// | `{observer}` | the observer of a row that names one |
/// | `[…]` | words that are left out where what they ask for is not there |
///
/// ```
/// use quant_testgen::run::Commands;
///
/// struct One;
/// impl Commands for One {
///     const FAKE_QUANTIZE: &'static str =
///         "circle-quantizer --quantize_dequantize_weights float32 {type} {granularity} [--config {config}] {in} {out}";
///     const RECORD: &'static str =
///         "record-minmax --input_model {in} --input_data {data_raw} --input_data_format directory --output_model {out}";
///     const QUANTIZE: &'static str =
///         "circle-quantizer --quantize_with_minmax float32 {type} {granularity} [--config {config}] {in} {out}";
///     const WEIGHTS_ONLY: &'static str = "circle-quantizer --quantize_weights float32 {type} {granularity} {in} {out}";
/// }
/// ```
///
/// Then `value_tests!(quantizer = quant_testgen::run::External<One>)`.
pub trait Commands {
    /// Step 1, on the float model.
    const FAKE_QUANTIZE: &'static str;
    /// Step 2, on the model of step 1.
    const RECORD: &'static str;
    /// Step 3, on the model of step 2.
    const QUANTIZE: &'static str;
    /// Weights only, on the float model.
    const WEIGHTS_ONLY: &'static str = "";
    /// For addTFLiteTest: calibration, on the float model.
    const CALIBRATE: &'static str = "";
    /// For addTFLiteTest, on the calibrated model; on the float one where nothing is calibrated. `{type}` is one of that
    /// directive's, with `-` in place of `_`.
    const TFLITE: &'static str = "";
    /// For addRecipeTest: calibration, on the float model.
    const CALIBRATE_RECIPE: &'static str = "";
    /// For addRecipeTest, in the same way. The recipe is `{type}`.
    const RECIPE: &'static str = "";
    /// A checkpoint, for addCheckpointTest: `{in}`, `{out}`, the device as `{type}`; words in `[…]` are left out for
    /// quantization-aware training, and the clip method is `{config}` in them. It must print a line
    /// `NAME … factor: FACTOR bits: BITS` for each weight and bias, as `quantize.py -v` of ai8x-synthesis does.
    const CHECKPOINT: &'static str = "";
    /// A graph, for addAmctTest: `{in}`, the folder of batches as `{data}`, the short configuration as `{config}`; it must write
    /// `{out}_quantized.pb`.
    const AMCT_CALIBRATE: &'static str = "";
    /// The same from the record that is `{config}`.
    const AMCT_CONVERT: &'static str = "";
    /// The same of a graph with FakeQuant nodes.
    const AMCT_QAT: &'static str = "";
    /// An ONNX model, for addOnnxTest: `{in}` and `{out}` end in `.onnx`; `{format}` is `qdq`, `qoperator`, `dynamic` or
    /// `matmul-nbits`, `{activation_type}` and `{weight_type}` are onnxruntime's (`QUInt8`, …), `{cache}` is the file that
    /// ranges must be written to, as onnxruntime's calibration cache; `{bits}` and `{block_size}` are of blocks. What a format has
    /// not must stand in `[…]`.
    const ONNX: &'static str = "";
    /// For rows of addTFLiteTest with remedies, all at once: `{in}`, `{data}`, `{type}`, `{granularity}`, `{remedies}` with commas
    /// between; it must write the quantized model to `{out}`, and the float one as remedies leave it, with its recorded ranges, to
    /// `{float}`.
    const REMEDIES: &'static str = "";
    /// How long one command may take.
    const TIME_OUT: Duration = Duration::from_mins(1);
    /// The format of the models.
    const FORMAT: FileFormat = FileFormat::Circle;
}
