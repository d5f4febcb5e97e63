//! Constants of the older quantizer.

use crate::rounding::round;
use crate::tflite::net::View;
use crate::tflite::numbers::{magnitude, per_channel, per_tensor};

/// Symmetric weights of 8 bits; `range` may widen the magnitude of a channel.
pub fn filter(
    shape: &[i32],
    values: &[f32],
    dimension: Option<usize>,
    range: &dyn Fn(usize, f32) -> f32,
) -> View {
    let integers = |values: &[f32], h: f32| -> Vec<i64> {
        let inverse = if h == 0.0 { 0.0 } else { 127.0 / h };
        values
            .iter()
            .map(|v| round(f64::from(v * inverse), -127, 127))
            .collect()
    };
    let Some(dimension) = dimension else {
        let h = range(0, magnitude(values));
        let scale = if h == 0.0 { 1.0 } else { h / 127.0 };
        return per_tensor("int8", scale, 0, integers(values, h));
    };
    per_channel("int8", shape, dimension, values, |channel, values| {
        let h = range(channel, magnitude(values));
        (h / 127.0, integers(values, h))
    })
}

/// What is read of a tensor once it has the result's parameters.
pub fn requantized(from: &View, to: &View) -> View {
    let (scale, zero_point) = (from.scale[0], from.zero_point[0]);
    let inverse = 1.0 / to.scale[0];
    let (low, high) = if to.dtype == "int16" {
        (-32768, 32767)
    } else {
        (-128, 127)
    };
    let one = |q: &i64| {
        let real = scale * (q - zero_point) as f32;
        (whole(real * inverse) + to.zero_point[0]).clamp(low, high)
    };
    View {
        values: from
            .values
            .as_ref()
            .map(|values| values.iter().map(one).collect()),
        ..to.clone()
    }
}

pub fn with_parameters(view: &View, values: &[f32]) -> View {
    let (low, high) = if view.dtype == "int16" {
        (-32767, 32767)
    } else {
        (-128, 127)
    };
    let one = |v: &f32| (whole(v / view.scale[0]) + view.zero_point[0]).clamp(low, high);
    View {
        values: Some(values.iter().map(one).collect()),
        ..view.clone()
    }
}

fn whole(x: f32) -> i64 {
    round(f64::from(x), i64::MIN, i64::MAX)
}
