//! Whose integers, and how an operator runs on them.

use crate::ops::Call;
use quant_ir::error::Result;
use quant_ir::value::Value;

/// Values of an operator's outputs, as a runtime computes them.
pub type Kernel = fn(&Call<'_>, Profile) -> Result<Vec<Value>>;

/// How an operator runs on integers.
#[derive(Clone, Copy)]
pub enum On {
    /// It reads and makes no integers with a scale, or says itself what it does with them: its own kernel.
    Own,
    /// By this kernel.
    Kernel(Kernel),
    /// It moves integers, and its ends have different scales or zero points: no runtime computes that.
    Parted,
    /// The runtime does not run it as it is, and why.
    Refused(&'static str),
    /// There is no kernel.
    None,
}

/// Whose integer arithmetic is computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// The reference kernels of LiteRT (`BUILTIN_REF`).
    #[default]
    LitertReference,
    /// The kernels that LiteRT takes without delegates: products of matrices and convolutions are rounded once.
    Litert,
    /// What LiteRT computes by default: XNNPACK where its delegate takes an operator, [`Self::Litert`] elsewhere. The kernel of
    /// an operator that the delegate takes is told this one, any other kernel `Litert`.
    Xnnpack,
    /// ONE's runtimes for Circle: onert for uint8, luci-interpreter for int16, which onert refuses.
    One,
    /// onert 0.1.0 as it is: as [`Self::One`], but FULLY_CONNECTED takes the scale and the zero point of the first output
    /// channel for all of them.
    Onert,
    /// onnxruntime on x86-64 with 8-bit dot products and its optimizations on, which join operators between
    /// DequantizeLinear and QuantizeLinear ([`crate::joined()`]).
    Onnxruntime,
}

impl Profile {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::LitertReference,
        Self::Litert,
        Self::Xnnpack,
        Self::One,
        Self::Onert,
        Self::Onnxruntime,
    ];

    /// Its name, as in `litert-reference`.
    pub fn name(self) -> &'static str {
        match self {
            Self::LitertReference => "litert-reference",
            Self::Litert => "litert",
            Self::Xnnpack => "xnnpack",
            Self::One => "one",
            Self::Onert => "onert",
            Self::Onnxruntime => "onnxruntime",
        }
    }

    /// Whether sums of products go to the output's scale by one factor in f32, halves to even.
    pub fn is_even(self) -> bool {
        matches!(self, Self::Xnnpack | Self::Onnxruntime)
    }

    /// Whether it is one of Circle's.
    pub fn is_of_circle(self) -> bool {
        matches!(self, Self::One | Self::Onert)
    }
}
