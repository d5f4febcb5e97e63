//! AscendQuant (Ascend's AMCT): activations to the integers of a scale and an offset, each kept as a float without the
//! offset, so that a convolution of floats computes on whole numbers.

use super::support::elementwise;
use super::support::packed;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::Result;
use quant_ir::value::Value;
use quant_numeric::round::half_away_f32;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::CUSTOM,
    name: "AscendQuant",
    inputs: (1, 1),
    shape: elementwise::same_shape,
    eval,
};

/// `clamp(round(x · scale) + offset, −half, half − 1) − offset`, rounded half away from zero, in f32. NaN stays.
fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let packed::AscendQuant { scale, offset, bits } = packed::AscendQuant::of(call)?;
    let half = f32::from(1i16 << (bits - 1));
    elementwise::unary(call, |x| {
        (half_away_f32(x * scale) + offset).clamp(-half, half - 1.0) - offset
    })
}
