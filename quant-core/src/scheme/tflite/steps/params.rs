//! The formulas. All are computed in f32, rounded after every step, where nothing else is said.

use quant_ir::{DType, QuantParam};
use quant_numeric::affine::inv_scale;
use quant_numeric::round::half_away_f32;

/// Largest int8 of weights and of constants; −128 is not used.
pub const INT8_MAX: f32 = 127.0;
/// Largest int16; −32768 is not used.
pub const INT16_MAX: f32 = 32767.0;
/// What the largest time weight of SVDF becomes.
pub const TEN_BITS: f32 = 512.0;

/// Parameters that an operator's result always has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fixed {
    int8: (f32, i64),
    int16: (f32, i64),
}

impl Fixed {
    /// 0…1: SOFTMAX, LOGISTIC.
    pub const UNIT: Self = Self::new(1.0 / 256.0, -128);
    /// −1…1: TANH.
    pub const TANH: Self = Self::new(1.0 / 128.0, 0);
    /// −1…1: `L2_NORMALIZATION`, with 8 bits alone.
    pub const L2: Self = Self::TANH;
    /// −16…0: `LOG_SOFTMAX`, with 8 bits alone.
    pub const LOG_SOFTMAX: Self = Self::new(16.0 / 256.0, 127);

    const fn new(scale: f32, zero_point: i64) -> Self {
        Self {
            int8: (scale, zero_point),
            int16: (1.0 / 32768.0, 0),
        }
    }

    /// As a tensor of that type has them.
    pub fn of(self, dtype: DType) -> QuantParam {
        let (scale, zero_point) = if dtype == DType::Int16 {
            self.int16
        } else {
            self.int8
        };
        one(scale, zero_point)
    }
}

/// One scale and zero point.
pub fn one(scale: f32, zero_point: i64) -> QuantParam {
    QuantParam {
        scale: vec![scale],
        zero_point: vec![zero_point],
        ..QuantParam::default()
    }
}

/// An activation with that range (`GetAsymmetricQuantizationParams`, `GetSymmetricQuantizationParams`). The range is widened
/// to hold 0. int8: `scale = (max − min) / 255`, `zero point = −128 − min / scale` rounded half away from zero, −128 when
/// the scale is 0. int16: `scale = max(|min|, |max|) / 32767`.
pub fn activation(dtype: DType, min: f32, max: f32) -> QuantParam {
    let (min, max) = (min.min(0.0), max.max(0.0));
    let (scale, zero_point) = if dtype == DType::Int16 {
        (half_range(min, max) / INT16_MAX, 0)
    } else {
        asymmetric(min, max)
    };
    QuantParam {
        min: vec![min],
        max: vec![max],
        ..one(scale, zero_point)
    }
}

/// The parameters of [`activation`], or those of 0…1 where the scale is 0 or below the normal floats: XNNPACK refuses a model
/// with such a scale.
pub fn usable(dtype: DType, min: f32, max: f32) -> QuantParam {
    let quant = activation(dtype, min, max);
    if quant.scale[0].is_normal() {
        quant
    } else {
        activation(dtype, 0.0, 1.0)
    }
}

fn asymmetric(min: f32, max: f32) -> (f32, i64) {
    const LOW: f32 = -128.0;
    const HIGH: f32 = 127.0;
    let scale = (max - min) / (HIGH - LOW);
    let from_min = if scale == 0.0 { LOW } else { LOW - min / scale };
    (scale, half_away_f32(from_min.clamp(LOW, HIGH)) as i64)
}

/// The larger magnitude of two bounds.
pub fn half_range(min: f32, max: f32) -> f32 {
    min.abs().max(max.abs())
}

/// Half ranges of channels, with that of the widest for those of which the scale is 0 or below the normal floats.
pub fn visible(half_ranges: Vec<f32>) -> Vec<f32> {
    let seen = |half: f32| (half / INT8_MAX).is_normal();
    let widest = half_ranges
        .iter()
        .copied()
        .filter(|half| seen(*half))
        .reduce(f32::max);
    let other = widest.unwrap_or(1.0);
    let visible = half_ranges
        .into_iter()
        .map(|half| if seen(half) { half } else { other });
    visible.collect()
}

/// Scale and its reciprocal of 8-bit weights of a channel: `half range / 127` and `127 / half range`. A channel of zeros
/// has the scale 0 and the reciprocal 0.
pub fn channel(half_range: f32) -> (f32, f32) {
    let inv = if half_range == 0.0 {
        0.0
    } else {
        INT8_MAX / half_range
    };
    (half_range / INT8_MAX, inv)
}

/// The same of 8-bit weights with one scale. Zeros have the scale 1.
pub fn tensor(half_range: f32) -> (f32, f32) {
    if half_range == 0.0 {
        (1.0, 0.0)
    } else {
        channel(half_range)
    }
}

/// The same of 16-bit weights of which the largest magnitude becomes `steps`: the reciprocal is that of the scale.
pub fn wide(half_range: f32, steps: f32) -> (f32, f32) {
    let scale = half_range / steps;
    (scale, reciprocal(scale))
}

/// `1 / scale`, divided in f64 and rounded to f32; 0 for 0.
pub fn reciprocal(scale: f32) -> f32 {
    if scale == 0.0 { 0.0 } else { inv_scale(scale) }
}

/// The scale of a cell state: 2ⁿ / 32768, where 2ⁿ is the lowest power of two from 1 to 1024 that is not below the largest
/// magnitude.
pub fn cell_scale(half_range: f32) -> f32 {
    let powers = (0..10).map(|n| (1_u16 << n).into());
    let power = powers.into_iter().find(|power: &f32| *power >= half_range);
    power.unwrap_or(1024.0) / 32768.0
}

/// A value of a bias in steps of its scale, rounded half away from zero, bounded by ±`max` of its type.
pub fn bias(value: f32, reciprocal: f32, dtype: DType) -> i64 {
    let max = if dtype == DType::Int64 {
        i64::MAX
    } else {
        i32::MAX.into()
    };
    (half_away_f32(value * reciprocal) as i64).clamp(-max, max)
}

/// The half range that a channel of a filter needs for this value of the bias to fit half of int32 (`AdjustWeightsForBias
/// Scale`); `None` when that of the channel does. The comparison and the products are in f64.
pub fn enlarged_channel(half_range: f32, input: f32, bias: f32) -> Option<f32> {
    const MAX: f64 = i32::MAX as f64;
    let bias = f64::from(bias.abs());
    let fits = bias < 0.5 * f64::from(input) * f64::from(half_range / INT8_MAX) * MAX;
    (!fits).then(|| (2.0 * bias / MAX * f64::from(INT8_MAX / input)) as f32)
}

/// The same of a filter with one scale, for the largest magnitude of the bias, which is first divided in f32.
pub fn enlarged_tensor(half_range: f32, input: f32, bias: f32) -> Option<f32> {
    const MAX: f64 = i32::MAX as f64;
    let steps = f64::from(bias / i32::MAX as f32);
    let fits = steps < 0.5 * f64::from(input) * f64::from(half_range / INT8_MAX);
    (!fits).then(|| (2.0 * f64::from(bias) / MAX * f64::from(INT8_MAX / input)) as f32)
}

/// A value in steps of a scale around a zero point: `round(value · reciprocal) + zero_point`, bounded by the type.
pub fn quantized(value: f32, reciprocal: f32, zero_point: i64, dtype: DType) -> i64 {
    let (low, high) = if dtype == DType::Int16 {
        (-32767, 32767)
    } else {
        (-128, 127)
    };
    // Far beyond the bounds of both types, and far from those of i64.
    let steps = half_away_f32(value * reciprocal).clamp(-1e9, 1e9);
    (steps as i64 + zero_point).clamp(low, high)
}

/// The value of an integer: `scale · (q − zero_point)`.
pub fn value(q: i64, scale: f32, zero_point: i64) -> f32 {
    scale * (q - zero_point) as f32
}

#[cfg(test)]
mod tests;
