//! Whose floats: the order of sums differs between builds of one runtime, and with it the last bits.

use super::integer::onnxruntime;
use super::ready::Other;
use super::{conv2d, depthwise_conv2d, logistic, quantize, resize_bilinear};
use quant_ir::Builtin;

/// Whose floats are computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FloatProfile {
    /// Ours: one chain of fused multiply-adds an output.
    #[default]
    Fast,
    /// Those of ONE's `record-minmax`, to the last bit, compiled for x86-64 without further instruction sets.
    One,
    /// Ours, with the integers of onnxruntime's QuantizeLinear (a half is rounded to the even one), its Sigmoid, and its order of
    /// sums in Resize.
    Onnxruntime,
}

impl FloatProfile {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Fast, Self::One, Self::Onnxruntime];

    /// Its name, as in `fast`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fast => "fast",
            Self::One => "one",
            Self::Onnxruntime => "onnxruntime",
        }
    }
}

/// What a profile has of its own for an operator.
pub fn other(profile: FloatProfile, builtin: Builtin) -> Option<Other> {
    Some(match (profile, builtin) {
        (FloatProfile::One, Builtin::CONV_2D) => conv2d::ONE,
        (FloatProfile::One, Builtin::DEPTHWISE_CONV_2D) => depthwise_conv2d::ONE,
        (FloatProfile::One, Builtin::LOGISTIC) => logistic::ONE,
        (FloatProfile::One, Builtin::RESIZE_BILINEAR) => resize_bilinear::ONE,
        (FloatProfile::Onnxruntime, Builtin::LOGISTIC) => onnxruntime::LOGISTIC,
        (FloatProfile::Onnxruntime, Builtin::QUANTIZE) => quantize::ONNXRUNTIME,
        (FloatProfile::Onnxruntime, Builtin::RESIZE_BILINEAR) => onnxruntime::RESIZE_BILINEAR,
        _ => return None,
    })
}
