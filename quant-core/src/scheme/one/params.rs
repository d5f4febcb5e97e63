//! What is specific to a family of quantizers: types, ranges, fixed outputs, bias types.
//!
//! The walk in [`super`] asks a [`Scheme`] and knows no family itself.

use quant_types::{Granularity, QuantType};

use crate::config::Setting;
use crate::scheme::rule::OutputRange;
use quant_ir::{DType, QuantParam};
use quant_numeric::affine::{
    Affine, INT4_MAX, INT8_MAX, INT16_MAX, MIN_SCALE_8BIT, MIN_SCALE_16BIT, asymmetric_u8, symmetric,
};
use quant_numeric::round::half_away_f32;

/// The decisions of a quantizer family.
pub trait Scheme {
    /// The element type that stores a quantized value.
    fn storage(&self, dtype: QuantType) -> DType;
    /// Parameters of an activation of that range.
    fn activation(&self, dtype: QuantType, min: f32, max: f32) -> Affine;
    /// Parameters that an operator's output has whatever its range; `None` for a recorded range.
    fn fixed_output(&self, output: OutputRange, dtype: QuantType) -> Option<(f32, i64)>;
    /// The element type of a bias.
    fn bias(&self, setting: Setting) -> DType;
}

/// The scheme of ONE's circle-quantizer: asymmetric uint8 and symmetric int16.
#[derive(Clone, Copy, Debug)]
pub struct One;

impl Scheme for One {
    fn storage(&self, dtype: QuantType) -> DType {
        storage(dtype)
    }

    fn activation(&self, dtype: QuantType, min: f32, max: f32) -> Affine {
        match dtype {
            QuantType::Int16 => symmetric(min, max, INT16_MAX, MIN_SCALE_16BIT),
            _ => asymmetric_u8(min, max),
        }
    }

    fn fixed_output(&self, output: OutputRange, dtype: QuantType) -> Option<(f32, i64)> {
        let int16 = dtype == QuantType::Int16;
        Some(match (output, int16) {
            (OutputRange::Logistic, false) => (1.0 / 256.0, 0),
            (OutputRange::Tanh, false) => (2.0 / 256.0, 128),
            (OutputRange::Softmax, false) => (1.0 / 255.0, 0),
            (OutputRange::Logistic | OutputRange::Tanh, true) => (1.0 / 32768.0, 0),
            (OutputRange::Softmax, true) => (1.0 / 32767.0, 0),
            (OutputRange::Recorded | OutputRange::Integer, _) => return None,
        })
    }

    fn bias(&self, setting: Setting) -> DType {
        match (setting.dtype, setting.granularity) {
            (QuantType::Int16, Granularity::Channel) => DType::Int64,
            _ => DType::Int32,
        }
    }
}

/// The element type that stores a quantized value.
pub fn storage(dtype: QuantType) -> DType {
    match dtype {
        QuantType::Uint8 => DType::Uint8,
        QuantType::Int16 => DType::Int16,
        QuantType::Int8 => DType::Int8,
        QuantType::Int4 => DType::Int4,
    }
}

/// The quantized type that activations of this element type have; `None` for others.
pub fn activation_type(dtype: DType) -> Option<QuantType> {
    match dtype {
        DType::Uint8 => Some(QuantType::Uint8),
        DType::Int16 => Some(QuantType::Int16),
        _ => None,
    }
}

/// Whether the type is one that activations are quantized to.
pub fn is_activation_type(dtype: DType) -> bool {
    activation_type(dtype).is_some()
}

/// Lowest and highest integer of an activation type.
pub fn limits(dtype: DType) -> (i64, i64) {
    match dtype {
        DType::Int16 => (-i64::from(INT16_MAX), i64::from(INT16_MAX)),
        _ => (0, 255),
    }
}

/// Makes a scale a whole number: 1 below 1, else rounded half away from zero (Floor, Ceil, …).
pub fn integer_scale(scale: f32) -> f32 {
    if scale < 1.0 { 1.0 } else { half_away_f32(scale) }
}

/// Parameters of constant values of that range.
pub fn weights(dtype: QuantType, (min, max): (f32, f32)) -> Affine {
    match dtype {
        QuantType::Uint8 => asymmetric_u8(min, max),
        QuantType::Int16 => symmetric(min, max, INT16_MAX, MIN_SCALE_16BIT),
        QuantType::Int8 => symmetric(min, max, INT8_MAX, MIN_SCALE_8BIT),
        QuantType::Int4 => symmetric(min, max, INT4_MAX, MIN_SCALE_8BIT),
    }
}

/// The parameters of weights with one range for each channel, or one for all.
pub fn weight_parameters(ranges: &[Affine], quantized_dimension: i32) -> QuantParam {
    QuantParam {
        min: ranges.iter().map(|range| range.nudged_min).collect(),
        max: ranges.iter().map(|range| range.nudged_max).collect(),
        scale: ranges.iter().map(|range| range.scale).collect(),
        zero_point: ranges.iter().map(|range| range.zero_point).collect(),
        quantized_dimension,
        details: None,
    }
}
