//! The formulas of the MLIR quantizer, each with its precision and rounding: `rha` is [`half_away_f64`] (or `_f32`), half away
//! from zero. "In f32" says that each operation is rounded to f32.
//!
//! From `quantization_utils.cc` (`GetUniformQuantizedTypeForWeight`, `GetUniformQuantizedTypeForBias`), `FakeQuantSupport.cc` and
//! `prepare_quantize_lstm.h`; all were compared with what TensorFlow wrote, integer for integer.

use quant_ir::{DType, QuantParam};
use quant_numeric::affine::inv_scale;
use quant_numeric::divided::Steps;
use quant_numeric::round::half_away_f32;

use crate::scheme::tflite::common::parameters::per_tensor;

/// Ranges narrower than this are widened.
const NARROW: f64 = 1e-6;

/// The largest bias in steps of its scale: half of what int32 holds, so that there is room for the sums.
const BIAS_MAX: f64 = 1_073_741_823.0;

/// The parameters of an activation, or of a constant with one scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Params {
    /// Int8, or int16 for states and what LSTM keeps between its steps.
    pub dtype: DType,
    /// Real distance of two neighbouring integers.
    pub scale: f32,
    /// The integer that means 0.
    pub zero_point: i64,
}

impl Params {
    /// Those of int8.
    pub fn int8(scale: f32, zero_point: i64) -> Self {
        Self {
            dtype: DType::Int8,
            scale,
            zero_point,
        }
    }

    /// Those of int16, without a zero point.
    pub fn int16(scale: f32) -> Self {
        Self {
            dtype: DType::Int16,
            scale,
            zero_point: 0,
        }
    }

    /// As a model holds them.
    pub fn stored(self) -> QuantParam {
        per_tensor(self.scale, self.zero_point)
    }

    /// How a constant takes these parameters, which belong to another tensor: `q = clamp(rha(x / scale + zp), −128, 127)`
    /// in f64.
    pub fn steps(self) -> Steps {
        Steps {
            scale: f64::from(self.scale),
            zero_point: self.zero_point,
            low: -128,
            high: 127,
        }
    }
}

/// An activation of that recorded range.
///
/// 0 is joined; in f64, a range narrower than 1e-6 is widened by 1e-6 on each side. `scale = (max − min) / 255` in f32.
pub fn activation(min: f32, max: f32) -> Params {
    let (mut low, mut high) = (f64::from(min).min(0.0), f64::from(max).max(0.0));
    if (high - low).abs() < NARROW {
        low -= NARROW;
        high += NARROW;
    }
    asymmetric(low, high)
}

/// The parameters of a recorded range. One of nothing but zeros gets steps of 1/255 unless `compat`: the original's scale of
/// 8e-9 is more than 256 times below that of the products before it, and XNNPACK refuses the model.
pub fn recorded(min: f32, max: f32, compat: bool) -> Params {
    let zeros = min.abs().max(max.abs()) <= f32::MIN_POSITIVE;
    if zeros && !compat {
        return asymmetric(0.0, 1.0);
    }
    activation(min, max)
}

/// A constant with a scale of its own that is no filter (the addend of ADD, …).
///
/// 0 is joined; a range of 1e-6 or less becomes at least −5e-7…5e-7.
pub fn constant(min: f32, max: f32) -> Params {
    let (mut low, mut high) = (f64::from(min).min(0.0), f64::from(max).max(0.0));
    if high - low <= NARROW {
        low = low.min(-NARROW / 2.0);
        high = high.max(NARROW / 2.0);
    }
    asymmetric(low, high)
}

/// `scale = (max − min) / 255` in f32; the zero point is `−128 − min / scale` in f64, rounded to f32, clamped to −128…127,
/// rha.
fn asymmetric(low: f64, high: f64) -> Params {
    let scale = (high as f32 - low as f32) / 255.0;
    let zero_point = (-128.0 - low / f64::from(scale)) as f32;
    Params::int8(scale, half_away_f32(zero_point.clamp(-128.0, 127.0)) as i64)
}

/// The scale of a filter, or of a channel of it, whose largest magnitude is `largest`: `2 · largest / 254` in f32, where
/// a range of 1e-6 or less is taken as one of 1e-6.
pub fn filter_scale(largest: f32) -> f32 {
    let width = 2.0 * f64::from(largest);
    let width = if width <= NARROW { NARROW } else { width };
    width as f32 / 254.0
}

/// The scale of a filter of 4 bits, as of one of 8: `2 · largest / 14`.
pub fn filter_scale_int4(largest: f32) -> f32 {
    let width = 2.0 * f64::from(largest);
    let width = if width <= NARROW { NARROW } else { width };
    width as f32 / 14.0
}

/// How a filter of 4 bits is divided by its scale: `q = clamp(rha(x / scale), ±7)` in f64.
pub fn divided_int4(scale: f32) -> Steps {
    Steps {
        low: -7,
        high: 7,
        ..divided(scale)
    }
}

/// What the values of a filter with one scale are multiplied with: 127 / largest in f32; zeros stay zeros.
pub fn tensor_inverse(largest: f32) -> f32 {
    if largest == 0.0 { 0.0 } else { 127.0 / largest }
}

/// Whether a filter with one scale is divided by it after all, because it is far from `largest / 127`: the scale was raised
/// for the bias, or the filter is next to nothing.
///
/// The original takes what is more than 1e-3 for far, whatever the scale: a filter of small numbers keeps integers of the
/// scale that it does not have. Unless `compat`, it is what rounding does not explain.
pub fn is_divided(largest: f32, scale: f32, compat: bool) -> bool {
    let (own, scale) = (f64::from(largest) / 127.0, f64::from(scale));
    let near = if compat { 1e-3 } else { own * 1e-6 };
    (own - scale).abs() > near
}

/// How a filter is divided by its scale: `q = clamp(rha(x / scale), ±127)` in f64.
pub fn divided(scale: f32) -> Steps {
    Steps {
        scale: f64::from(scale),
        zero_point: 0,
        low: -127,
        high: 127,
    }
}

/// The scale of a 16-bit symmetric tensor; of zeros alone 1.
pub fn int16_scale(largest: f32) -> f32 {
    if largest == 0.0 { 1.0 } else { largest / 32767.0 }
}

/// The scale of the time weights of SVDF: 9 bits and a sign. Of zeros alone 1.
pub fn time_scale(largest: f32) -> f32 {
    if largest == 0.0 { 1.0 } else { largest / 512.0 }
}

/// The cell state of LSTM: 2ⁿ / 32768, where 2ⁿ is the power of two that holds the recorded range. The original takes n
/// below 0 too, which its kernel cannot compute with; n is at least 0 unless `compat`.
pub fn cell(min: f32, max: f32, compat: bool) -> Params {
    let bound = f64::from(min.abs().max(max.abs()));
    let power = bound.log2().ceil();
    let power = if compat { power } else { power.max(0.0) };
    // Zeros alone, and numbers beside them that no scale below can hold.
    let power = power.clamp(-100.0, 100.0);
    Params::int16((power.exp2() / 32768.0) as f32)
}

/// The scale of layer normalization's bias, given that of its weights.
pub fn layer_norm_bias(weights: f32) -> f32 {
    weights / 1024.0
}

/// An element of a bias: `q = rha(x · inv)` in f32 with `inv = 1 / scale` divided in f64 (0 when the scale is 0), saturated
/// to ±2147483647.
pub fn bias(x: f32, scale: f32) -> i32 {
    let inv = if scale == 0.0 { 0.0 } else { inv_scale(scale) };
    // The cast saturates; −2³¹ is not used.
    (half_away_f32(x * inv) as i32).max(-i32::MAX)
}

/// The scales of bias and filter that a bias needs which is too large for the product of input's and filter's: `largest` is
/// the largest magnitude of the channel, or of all when the filter has one scale, `scale` the product. `None` when it fits.
///
/// In f64: `largest / scale` above 2³⁰ − 1 (with one scale: that or more) makes the bias' scale `largest / (2³⁰ − 1)`, the
/// filter's that over the input's.
pub fn raised(largest: f32, scale: f32, input: f32, channels: bool) -> Option<(f32, f32)> {
    let largest = f64::from(largest);
    let steps = largest / f64::from(scale);
    let fits = if channels {
        steps <= BIAS_MAX
    } else {
        steps < BIAS_MAX
    };
    if fits || largest == 0.0 {
        return None;
    }
    let bias = largest / BIAS_MAX;
    Some((bias as f32, (bias / f64::from(input)) as f32))
}

#[cfg(test)]
mod tests;
