//! Changes of a frozen graph: batch normalizations folded, weights fake-quantized, Ascend's operators put in.

mod consts;
mod edit;
mod fold;
mod group;
mod index;
mod layers;
mod names;
mod qat;
mod quant_json;
mod quantize;
mod quantized;
mod tensors;
mod weights;
mod work;

pub use fold::{Folded, fold};
pub use group::{Group, group};
pub use layers::{Left, activation_input, layers, left_float, quantizable};
pub use qat::{Converted, convert_qat};
pub use quant_json::quant_json;
pub use quantize::quantize;
pub(crate) use quantize::refuse_quantized;
pub use quantized::{Options, Quantized};
pub(crate) use weights::kernel;
pub use weights::{fake_quantize, weight_layout};
