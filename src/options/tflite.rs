//! What TensorFlow Lite's quantizers can be asked for, as options.

use clap::Args;
use quant_core::ir::DType;

/// What TensorFlow Lite's quantizers can be asked for.
#[derive(Args)]
pub struct Tflite {
    /// One scale for each tensor of weights (disable_per_channel); of TensorFlow Lite's quantizers
    #[arg(long)]
    pub per_tensor: bool,
    /// One scale for the weights of each FULLY_CONNECTED (disable_per_channel_for_dense_layers)
    #[arg(long)]
    pub dense_per_tensor: bool,
    /// Type of the filters of CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED: int8, or int4, two in a byte [default: int8]
    #[arg(long, value_name = "TYPE", value_parser = weights)]
    pub weight_type: Option<DType>,
    /// Type of the biases beside int16 activations: int64, or int32 [default: int64]
    #[arg(long, value_name = "TYPE", value_parser = bias)]
    pub bias_type: Option<DType>,
    /// The file that the original's tools write, with defects that are mended without this (docs/differences.md)
    #[arg(long)]
    pub compat: bool,
}

fn bias(word: &str) -> Result<DType, String> {
    let dtype = DType::from_word(word).filter(|dtype| [DType::Int32, DType::Int64].contains(dtype));
    dtype.ok_or_else(|| "use int64 or int32".to_owned())
}

fn weights(word: &str) -> Result<DType, String> {
    let dtype = DType::from_word(word).filter(|dtype| [DType::Int8, DType::Int4].contains(dtype));
    dtype.ok_or_else(|| "use int8 or int4".to_owned())
}
