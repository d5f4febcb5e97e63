//! The options of `circle-quantizer`, under the original's names.

use std::path::PathBuf;

use clap::{ArgAction, Parser};

const ABOUT: &str = "Quantizes Circle models: the command line of Samsung ONE's circle-quantizer.";

const LONG_ABOUT: &str = "\
Quantizes Circle models: the command line of Samsung ONE's circle-quantizer.

Reads a model, applies exactly one mode, and writes the result beside its place before it takes the output's name: the \
output may be the input, and a command that fails leaves the old file as it was. Types and granularities may be \
written in upper or lower case.

Post-training quantization is three commands, with record-minmax between the two of this program:
  circle-quantizer --quantize_dequantize_weights float32 uint8 channel float.circle weights.circle
  record-minmax --input_model weights.circle --input_data data.h5 --output_model recorded.circle
  circle-quantizer --quantize_with_minmax float32 uint8 channel recorded.circle quantized.circle";

/// The list that is shown when no mode, or several, are given.
pub const EXCLUSIVE: &str = "--quantize_dequantize_weights, --quantize_with_minmax, --quantize_weights, --requantize, \
--force_quantparam, --copy_quantparam, --fake_quantize, --quantize_onnx_fq_model";

const AFTER: &str = "\
Exit status:
  0    done
  1    the input model cannot be read
  255  wrong arguments, a model that the mode cannot take, or an output that cannot be written

Quantization configuration (--config):
  {\"layers\": [{\"name\": \"conv1\", \"dtype\": \"int16\", \"granularity\": \"channel\"},
              {\"names\": [\"add\", \"relu\"], \"dtype\": \"uint8\", \"granularity\": \"channel\",
               \"alternate\": {\"fused\": [\"add_relu\"]}}]}
  A layer is named by the tensor that it makes; of an operator with several outputs any one will do. Comments (//) are
  allowed. An alternate list takes the place of all names when it is the one set that is wholly in the model.

Examples:
  circle-quantizer --quantize_weights float32 int8 channel in.circle out.circle
  circle-quantizer --requantize int8 uint8 in.circle out.circle
  circle-quantizer --force_quantparam x 0.05 128 --force_quantparam y 0.1 0 in.circle out.circle
  circle-quantizer --quantize_with_minmax float32 int16 channel --input_type float32 --output_type float32 \\
                   recorded.circle quantized.circle";

/// The arguments.
#[derive(Parser)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option without a value")]
#[command(
    name = "circle-quantizer",
    version,
    disable_version_flag = true,
    about = ABOUT,
    long_about = LONG_ABOUT,
    after_long_help = AFTER,
    override_usage = "circle-quantizer [ONE MODE OPTION] [OPTIONS] <INPUT> <OUTPUT>",
    arg_required_else_help = true
)]
pub struct Args {
    /// Float weights become what they will be after quantization: float32; uint8 or int16; layer or channel (int16
    /// takes channel)
    #[arg(long = "quantize_dequantize_weights", num_args = 3, help_heading = MODES, value_names = TYPES)]
    pub quantize_dequantize_weights: Option<Vec<String>>,
    /// A model with recorded ranges becomes integers: float32; uint8 or int16; layer or channel (int16 takes channel)
    #[arg(long = "quantize_with_minmax", num_args = 3, help_heading = MODES, value_names = TYPES)]
    pub quantize_with_minmax: Option<Vec<String>>,
    /// Weights become integers and activations stay float: float32; int4, int8 or int16; channel
    #[arg(long = "quantize_weights", num_args = 3, help_heading = MODES, value_names = TYPES)]
    pub quantize_weights: Option<Vec<String>>,
    /// A quantized model takes other integers: int8; uint8
    #[arg(long = "requantize", num_args = 2, help_heading = MODES, value_names = ["FROM", "TO"])]
    pub requantize: Option<Vec<String>>,
    /// A tensor takes this scale and zero point; repeatable
    #[arg(
        long = "force_quantparam",
        num_args = 3,
        action = ArgAction::Append,
        allow_hyphen_values = true,
        help_heading = MODES,
        value_names = ["TENSOR", "SCALE", "ZERO_POINT"]
    )]
    pub force_quantparam: Vec<String>,
    /// A tensor takes all parameters of another; repeatable
    #[arg(
        long = "copy_quantparam",
        num_args = 2,
        action = ArgAction::Append,
        help_heading = MODES,
        value_names = ["FROM_TENSOR", "TO_TENSOR"]
    )]
    pub copy_quantparam: Vec<String>,
    /// A quantized model becomes a float model with fake quantization
    #[arg(long = "fake_quantize", help_heading = MODES)]
    pub fake_quantize: bool,
    /// A model with ONNXQuantizeLinear and ONNXDequantizeLinear operators becomes integers
    #[arg(long = "quantize_onnx_fq_model", help_heading = MODES)]
    pub quantize_onnx_fq_model: bool,

    /// Types of the graph inputs, separated by commas: uint8, int16, int32, int64, float32, bool; one stands for
    /// every float input [default: the type of the mode] (--quantize_with_minmax)
    #[arg(long = "input_type", value_name = "TYPES")]
    pub input_type: Option<String>,
    /// Types of the graph outputs, in the same way (--quantize_with_minmax)
    #[arg(long = "output_type", value_name = "TYPES")]
    pub output_type: Option<String>,
    /// MaxPool2D's output takes the parameters of its input, as TensorFlow has it (--quantize_with_minmax)
    #[arg(long = "TF-style_maxpool")]
    pub tf_style_maxpool: bool,
    /// Recorded ranges stay in the quantized model (--quantize_with_minmax)
    #[arg(long = "save_min_max")]
    pub save_min_max: bool,
    /// Layers with a type and granularity of their own (--quantize_dequantize_weights, --quantize_with_minmax)
    #[arg(long, value_name = "QCONF.JSON")]
    pub config: Option<PathBuf>,
    /// A bias that overflows its integer type is clipped, in place of an error (--quantize_with_minmax; not in the
    /// original)
    #[arg(long = "saturate-bias", visible_alias = "saturate_bias")]
    pub saturate_bias: bool,
    /// Write which operators of the first model each operator comes from
    #[arg(long = "generate_profile_data")]
    pub generate_profile_data: bool,
    /// Say what is done and how long it takes, on the standard error
    #[arg(short = 'V', long)]
    pub verbose: bool,
    /// Print the version
    #[arg(long, action = ArgAction::Version)]
    version: Option<bool>,

    /// Model (.circle; also .tflite)
    pub input: PathBuf,
    /// Result, a Circle model unless the name ends in .tflite
    pub output: PathBuf,
}

const MODES: &str = "Modes (exactly one)";
const TYPES: [&str; 3] = ["FROM", "TO", "GRANULARITY"];

impl Args {
    /// How many modes are given.
    pub fn modes(&self) -> usize {
        [
            self.quantize_dequantize_weights.is_some(),
            self.quantize_with_minmax.is_some(),
            self.quantize_weights.is_some(),
            self.requantize.is_some(),
            !self.force_quantparam.is_empty(),
            !self.copy_quantparam.is_empty(),
            self.fake_quantize,
            self.quantize_onnx_fq_model,
        ]
        .into_iter()
        .filter(|given| *given)
        .count()
    }
}
