//! Scale and zero point as toco and TensorFlow's fake quantization choose them (`ChooseQuantizationParams`): all in f64.

use super::round::half_away_f64;

/// Scale and zero point of the range `min…max`, which holds 0, for integers `low…high`. A range of 0 alone has scale 0 and
/// zero point 0.
///
/// `scale = (max − min) / (high − low)`. The zero point is what the end of the range with the smaller error gives:
/// `low − min / scale` with the error `|low| + |min / scale|`, or `high − max / scale` with that of the other end; clamped to
/// `low…high`, rounded half away from zero.
pub fn choose(min: f64, max: f64, low: i32, high: i32) -> (f64, i64) {
    if min == max {
        return (0.0, 0);
    }
    let (low, high) = (f64::from(low), f64::from(high));
    let scale = (max - min) / (high - low);
    let of_low = low.abs() + (min / scale).abs();
    let of_high = high.abs() + (max / scale).abs();
    let zero_point = if of_low < of_high {
        low - min / scale
    } else {
        high - max / scale
    };
    (scale, half_away_f64(zero_point.clamp(low, high)) as i64)
}
