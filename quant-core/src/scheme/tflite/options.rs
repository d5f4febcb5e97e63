//! What can be asked of TensorFlow Lite's quantizers.

use quant_ir::{Builtin, DType};

use crate::scheme::Selector;

/// What TensorFlow Lite's quantizers are asked for besides the flavour.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools)] // each is a switch of the original
pub struct Options {
    /// Element type of the model's float inputs: `Float32`, `Int8`, `Uint8` or `Int16`.
    pub input: DType,
    /// Element type of the model's float outputs.
    pub output: DType,
    /// One scale for each tensor of weights in place of one for each output channel (`disable_per_channel`).
    pub per_tensor: bool,
    /// The same of FULLY_CONNECTED alone (`disable_per_channel_for_dense_layers`).
    pub dense_per_tensor: bool,
    /// Element type of the filters of CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED: `Int8`, or `Int4`.
    pub weights: DType,
    /// Element type of the biases of 16x8: `Int64`, or `Int32`.
    pub bias: DType,
    /// Operators that stay float.
    pub float: Vec<Selector>,
    /// An operator that would stay float, though nobody asked for that, is an error.
    pub strict: bool,
    /// The original's file with its defects, where the default mends them (docs/differences.md).
    pub compat: bool,
    /// Of `tflite-qat`: constants without fake quantization have no parameters, so that what reads them stays float, as in models of
    /// quantizers that were told to leave something out. Otherwise they have those of their values, as the converter's.
    pub only_given: bool,
}

impl Default for Options {
    /// Float inputs and outputs, one scale for each channel, biases of 64 bits beside 16-bit activations.
    fn default() -> Self {
        Self {
            input: DType::Float32,
            output: DType::Float32,
            per_tensor: false,
            dense_per_tensor: false,
            weights: DType::Int8,
            bias: DType::Int64,
            float: Vec::new(),
            strict: false,
            compat: false,
            only_given: false,
        }
    }
}

impl Options {
    /// Whether an operator, with the names of its outputs, was asked to stay float.
    pub fn stays_float(&self, operator: Builtin, outputs: &[&str]) -> bool {
        self.float
            .iter()
            .any(|selector| selector.names(operator, outputs))
    }
}
