//! Scale and zero point of a range: asymmetric and symmetric.

use quant_case::QuantType;
use quant_case::golden::Tensor as Golden;

/// Type, scale and zero point of an activation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Param {
    pub dtype: QuantType,
    pub scale: f32,
    pub zero_point: i64,
    /// What the lowest and the highest integer mean, by the scale before it is stored as f32.
    pub ends: (f32, f32),
}

impl Param {
    /// The integer of a value of the range: the reciprocal of the scale, the distance from the lowest value
    /// (for uint8) and their product are single floats in the contract, so they are rounded to it here.
    pub fn integer(self, x: f64) -> i64 {
        let (low, high) = (f64::from(self.ends.0), f64::from(self.ends.1));
        let x = x.clamp(low, high);
        let top = q_max(self.dtype);
        let (from, bottom) = if self.dtype == QuantType::Uint8 {
            (low, 0.0)
        } else {
            (0.0, -top)
        };
        let steps = single(single(x - from) * single(1.0 / f64::from(self.scale)));
        half_away(steps).clamp(bottom, top) as i64
    }

    /// What an integer means.
    pub fn real(self, integer: i64) -> f32 {
        let from = if self.dtype == QuantType::Uint8 {
            f64::from(self.ends.0)
        } else {
            0.0
        };
        single(single(integer as f64 * f64::from(self.scale)) + from) as f32
    }

    /// It as a golden.
    pub fn golden(self) -> Golden {
        Golden {
            dtype: Some(self.dtype.word().to_owned()),
            scale: Some(vec![self.scale]),
            zero_point: Some(vec![self.zero_point]),
            ..Golden::default()
        }
    }
}

/// Parameters of a range.
///
/// Asymmetric: the range with 0 in it has 255 steps; the zero point is where 0 falls. Symmetric: the larger
/// side has 32767 steps.
pub fn param(dtype: QuantType, min: f64, max: f64) -> Param {
    let (low, high) = (min.min(0.0), max.max(0.0));
    if dtype != QuantType::Uint8 {
        let scale = ((-low).max(high) / q_max(dtype)) as f32;
        let least = if dtype == QuantType::Int16 { 1e-8 } else { 1e-5 };
        let scale = scale.max(least);
        let end = (q_max(dtype) * f64::from(scale)) as f32;
        return Param {
            dtype,
            scale,
            zero_point: 0,
            ends: (-end, end),
        };
    }
    let scale = ((high - low) / 255.0).max(1e-5);
    let zero_point = if min >= 0.0 {
        0.0
    } else if max < 0.0 && scale > 1e-5 {
        255.0
    } else {
        half_away(-low / scale)
    };
    Param {
        dtype,
        scale: scale as f32,
        zero_point: zero_point as i64,
        ends: (
            (-zero_point * scale) as f32,
            ((255.0 - zero_point) * scale) as f32,
        ),
    }
}

/// Rounded to a single float, where the contract stores one.
pub fn single(x: f64) -> f64 {
    f64::from(x as f32)
}

/// Rounds half away from zero, spelled out.
pub fn half_away(x: f64) -> f64 {
    if x < 0.0 {
        -(0.5 - x).floor()
    } else {
        (x + 0.5).floor()
    }
}

/// Largest integer of a symmetric type.
pub fn q_max(dtype: QuantType) -> f64 {
    match dtype {
        QuantType::Int16 => 32767.0,
        QuantType::Int8 => 127.0,
        QuantType::Int4 => 7.0,
        QuantType::Uint8 => 255.0,
    }
}
