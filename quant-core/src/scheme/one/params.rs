//! The formulas: which parameters a range gets, and what the words of a setting stand for.

use quant_ir::DType;
use quant_ir::error::{Error, Place, Problem, Result};
use quant_numeric::affine::{
    Affine, INT4_MAX, INT8_MAX, INT16_MAX, MIN_SCALE_8BIT, MIN_SCALE_16BIT, asymmetric_u8, symmetric,
};
use quant_types::{Granularity, QuantType};

use crate::scheme::Parameter;
use crate::scheme::rule::OutputRange;
use crate::scheme::setting::{Encoding, Per, Setting};

/// Sigmoid ends at 1, which no integer is.
pub(super) const LOGISTIC: OutputRange =
    OutputRange::Fixed(&[(DType::Uint8, 1.0 / 256.0, 0), (DType::Int16, 1.0 / 32768.0, 0)]);
/// The same from −1 to 1.
pub(super) const TANH: OutputRange =
    OutputRange::Fixed(&[(DType::Uint8, 2.0 / 256.0, 128), (DType::Int16, 1.0 / 32768.0, 0)]);
/// The highest integer is 1.
pub(super) const SOFTMAX: OutputRange =
    OutputRange::Fixed(&[(DType::Uint8, 1.0 / 255.0, 0), (DType::Int16, 1.0 / 32767.0, 0)]);

/// Steps by which the fixed range of an output may miss what an activation beside it takes, when both get one scale.
pub(super) const SAME_SCALE_STEPS: f32 = 255.0;

/// Weights and activations have one type; sums of int16 with a scale for each channel are int64.
pub(super) fn setting(dtype: QuantType, granularity: Granularity) -> Setting {
    let bias = match (dtype, granularity) {
        (QuantType::Int16, Granularity::Channel) => DType::Int64,
        _ => DType::Int32,
    };
    Setting {
        activations: Encoding::of(dtype, Per::Tensor),
        weights: Encoding::of(dtype, granularity.into()),
        bias: Encoding::symmetric(bias, granularity.into()),
    }
}

/// Refuses all but uint8 and, for each channel, int16; layers may stay float.
pub(super) fn check(place: &Place, given: &Setting) -> Result<()> {
    if *given == Setting::FLOAT32 && matches!(place, Place::Layer(_)) {
        return Ok(());
    }
    let both = |dtype| {
        let channel = setting(dtype, Granularity::Channel);
        (channel, setting(dtype, Granularity::Layer))
    };
    let (uint8, int16) = (both(QuantType::Uint8), both(QuantType::Int16));
    let weights_only = |dtype| *given == both(dtype).0 || *given == both(dtype).1;
    let (what, hint) = if *given == uint8.0 || *given == uint8.1 || *given == int16.0 {
        return Ok(());
    } else if *given == int16.1 {
        (
            "Layer-wise quantization only supports uint8 dtype".to_owned(),
            "use granularity `channel` for int16, or type `uint8`",
        )
    } else if weights_only(QuantType::Int8) || weights_only(QuantType::Int4) {
        (
            format!("{} is a type for weights-only quantization", given.weights.dtype),
            "use uint8 or int16",
        )
    } else {
        (
            format!("ONE has no setting of {given}"),
            "give activations and weights one type: uint8, or int16 with a scale for each channel",
        )
    };
    Err(Error::new(place, Problem::Conflict(what), hint))
}

/// How activations of an element type are encoded.
pub(super) fn activations(dtype: DType) -> Option<Encoding> {
    match dtype {
        DType::Uint8 => Some(Encoding::asymmetric(dtype, Per::Tensor)),
        DType::Int16 => Some(Encoding::symmetric(dtype, Per::Tensor)),
        _ => None,
    }
}

/// Parameters of values of that range: `compute_asym_scale_zp` and `compute_sym_scale`.
pub(super) fn parameters(encoding: Encoding, min: f32, max: f32) -> Affine {
    match encoding.dtype {
        DType::Int16 => symmetric(min, max, INT16_MAX, MIN_SCALE_16BIT),
        DType::Int8 => symmetric(min, max, INT8_MAX, MIN_SCALE_8BIT),
        DType::Int4 => symmetric(min, max, INT4_MAX, MIN_SCALE_8BIT),
        _ => asymmetric_u8(min, max),
    }
}

/// gamma, beta, alpha: the value is the scale, its sign the integer: 1, or −1; uint8 has 0 with zero point 1 for −1.
pub(super) fn parameter(encoding: Encoding, value: f32) -> Parameter {
    let (q, zero_point) = match (value < 0.0, encoding.symmetric) {
        (false, _) => (1, 0),
        (true, false) => (0, 1),
        (true, true) => (-1, 0),
    };
    Parameter {
        q,
        scale: value.abs(),
        zero_point,
    }
}

#[cfg(test)]
mod tests;
