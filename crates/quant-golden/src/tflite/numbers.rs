//! Formulas: scales, zero points and integers, each in the precision in which the original computes it.

use super::net::View;

/// The largest magnitude.
pub fn magnitude(values: &[f32]) -> f32 {
    values.iter().fold(0.0, |most: f32, v| most.max(v.abs()))
}

/// The least and the largest of some values.
pub fn extremes(values: &[f32]) -> (f32, f32) {
    let least = values.iter().copied().fold(f32::INFINITY, f32::min);
    (least, values.iter().copied().fold(f32::NEG_INFINITY, f32::max))
}

/// The elements of each channel along a dimension, in their order, and where they stand.
pub fn channels(shape: &[i32], dimension: usize, values: &[f32]) -> Vec<Vec<(usize, f32)>> {
    let count = shape.get(dimension).map_or(1, |d| *d as usize);
    let inner: usize = shape.iter().skip(dimension + 1).map(|d| *d as usize).product();
    let mut channels = vec![Vec::new(); count];
    for (at, value) in values.iter().enumerate() {
        channels[at / inner % count].push((at, *value));
    }
    channels
}

/// Weights whose channels are quantized one by one: a scale and the integers of each.
pub fn per_channel(
    dtype: &'static str,
    shape: &[i32],
    dimension: usize,
    values: &[f32],
    mut one: impl FnMut(usize, &[f32]) -> (f32, Vec<i64>),
) -> View {
    let (mut scale, mut all) = (Vec::new(), vec![0; values.len()]);
    for (channel, elements) in channels(shape, dimension, values).into_iter().enumerate() {
        let plain: Vec<f32> = elements.iter().map(|(_, value)| *value).collect();
        let (s, integers) = one(channel, &plain);
        scale.push(s);
        for ((at, _), q) in elements.iter().zip(integers) {
            all[*at] = q;
        }
    }
    View {
        dtype,
        zero_point: vec![0; scale.len()],
        scale,
        dimension: dimension as i32,
        values: Some(all),
    }
}

/// The same with one scale for all.
pub fn per_tensor(dtype: &'static str, scale: f32, zero_point: i64, values: Vec<i64>) -> View {
    View {
        values: Some(values),
        ..View::activation(dtype, scale, zero_point)
    }
}
