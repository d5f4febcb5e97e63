//! The arithmetic: from values to scales and offsets. Pure functions; none knows a graph.
//!
//! All floats are f32 and every operation rounds to f32 unless a text says f64. Integers come from rounding half to even;
//! only the operator `AscendQuant` rounds half away from zero.

pub mod arq;
pub mod bias;
pub mod factors;
pub mod hfmg;
pub mod histogram;
pub mod ifmr;
pub mod nudge;
pub mod similarity;

pub use factors::{Bits, Factors};

/// Below this a scale counts as none: the difference of 1 and the next f32.
pub const EPSILON: f32 = f32::EPSILON;

/// Error of data that no range can be taken from, in AMCT's words.
pub(crate) fn infinite() -> quant_ir::Error {
    quant_ir::Error::invalid(
        "",
        "The activation to be quantized has invalid value inf or nan!",
        "calibrate with data that the float model maps to finite values",
    )
}

/// Refuses NaN and infinity.
pub(crate) fn finite(values: &[f32]) -> quant_ir::Result<()> {
    if values.iter().all(|x| x.is_finite()) {
        Ok(())
    } else {
        Err(infinite())
    }
}
