//! Constants of int8.

use crate::rounding::round;
use crate::tflite::net::View;
use crate::tflite::numbers::{extremes, magnitude, per_channel, per_tensor};

/// The most that a bias may be, in its scale's steps, before filter and scale are widened.
const MOST_BIAS: f64 = 1_073_741_823.0;

/// The scale of values of that magnitude.
fn scale(most: f32) -> f32 {
    let most = if f64::from(most) * 2.0 <= 1e-6 { 5e-7 } else { most };
    (2.0 * f64::from(most)) as f32 / 254.0
}

/// Weights with a scale for each channel of a dimension, or with one; with these scales where a bias has widened them, and
/// with the original's integers (`compat`).
pub fn filter(
    shape: &[i32],
    values: &[f32],
    dimension: Option<usize>,
    widened: Option<(&[f32], bool)>,
) -> View {
    let scales = widened.map(|(scales, _)| scales);
    if let Some(dimension) = dimension {
        return per_channel("int8", shape, dimension, values, |channel, values| {
            let scale = scales.map_or_else(|| scale(magnitude(values)), |scales| scales[channel]);
            let inverse = (1.0 / f64::from(scale)) as f32;
            (
                scale,
                values
                    .iter()
                    .map(|v| round(f64::from(v * inverse), -127, 127))
                    .collect(),
            )
        });
    }
    let most = magnitude(values);
    let scale = scales.map_or_else(|| scale(most), |scales| scales[0]);
    let inverse = 127.0 / most;
    // The original takes the scale of the values unless the other is far from it.
    let follows = widened.is_some_and(|(_, compat)| !compat);
    let corrected = follows || (most / 127.0 - scale).abs() > 1e-3;
    let one = |v: &f32| match () {
        () if corrected => round(f64::from(*v) / f64::from(scale), -127, 127),
        () if most == 0.0 => 0,
        () => round(f64::from(v * inverse), -127, 127),
    };
    per_tensor("int8", scale, 0, values.iter().map(one).collect())
}

/// A constant beside activations.
pub fn other(values: &[f32]) -> View {
    let (least, most) = extremes(values);
    let (mut a, mut b) = (f64::from(least.min(0.0)), f64::from(most.max(0.0)));
    if b - a <= 1e-6 {
        (a, b) = (a.min(-5e-7), b.max(5e-7));
    }
    with_parameters(&super::range::affine(a, b), values)
}

/// A constant with parameters that come from elsewhere.
pub fn with_parameters(view: &View, values: &[f32]) -> View {
    let (scale, zero_point) = (f64::from(view.scale[0]), view.zero_point[0]);
    let one = |v: &f32| round(f64::from(*v) / scale + zero_point as f64, -128, 127);
    per_tensor(
        "int8",
        view.scale[0],
        zero_point,
        values.iter().map(one).collect(),
    )
}

/// The scales of a filter, widened where a bias would leave its integers.
pub fn corrected(input: &View, filter: &View, bias: &[f32]) -> Vec<f64> {
    let s_in = f64::from(input.scale[0]);
    let wide = |most: f64| most / MOST_BIAS / s_in;
    let mut scales: Vec<f64> = filter.scale.iter().map(|s| f64::from(*s)).collect();
    if let [only] = &mut scales[..] {
        let most = f64::from(magnitude(bias));
        if most >= MOST_BIAS * (s_in * *only) {
            *only = wide(most);
        }
        return scales;
    }
    for (scale, b) in scales.iter_mut().zip(bias) {
        let b = f64::from(b.abs());
        if b / (s_in * *scale) > MOST_BIAS {
            *scale = wide(b);
        }
    }
    scales
}

/// A bias in steps of input and filter.
pub fn bias(input: &View, filter: &[f64], values: &[f32], is_per_channel: bool) -> View {
    let scales: Vec<f32> = filter
        .iter()
        .map(|s| (f64::from(input.scale[0]) * s) as f32)
        .collect();
    let one = |(at, v): (usize, &f32)| {
        let scale = scales
            .get(at)
            .or_else(|| scales.first())
            .copied()
            .unwrap_or_default();
        let inverse = if scale == 0.0 {
            0.0
        } else {
            (1.0 / f64::from(scale)) as f32
        };
        round(f64::from(v * inverse), -i64::from(i32::MAX), i64::from(i32::MAX))
    };
    let one_scale = scales.len() == 1 && !is_per_channel;
    View {
        dtype: "int32",
        values: Some(
            values
                .iter()
                .enumerate()
                .map(|pair| if one_scale { one((0, pair.1)) } else { one(pair) })
                .collect(),
        ),
        zero_point: vec![0; scales.len()],
        scale: scales,
        dimension: 0,
    }
}
