//! Bias as 32-bit integers, and weights whose scale grows so that a bias fits.
#![allow(clippy::indexing_slicing)] // a channel's number is the rest of a division by their count

use quant_numeric::round::half_even_f64;

use super::number::Float;

/// Largest magnitude of a bias, as an integer.
const MOST: f64 = 2_147_483_647.0;
/// Steps between the lowest and the highest.
const STEPS: f64 = 4_294_967_294.0;
/// By how much a scale is more than just enough.
const MARGIN: f64 = 1.0001;

/// A bias in integers, with its zero point 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Bias {
    /// One for each value.
    pub integers: Vec<i32>,
    /// One, or one for each channel.
    pub scales: Vec<f32>,
    /// Type of the scales: f32 in place of a half where halves would lose the bias.
    pub float: Float,
}

/// Scales of a bias: input's times weight's times `beta`, each product rounded to the tensor's type.
fn scales(input: f32, weights: &[f32], beta: f32, float: Float) -> Vec<f32> {
    let beta = float.nearest(f64::from(beta));
    let scale = |weight: &f32| float.times(float.times(input, *weight), beta);
    weights.iter().map(scale).collect()
}

/// A bias of the input's scale times the weights'. `values` has as many values as there are scales, or there is one scale;
/// a bias that `beta` takes away is zeros. With `rescue`, a half-precision bias that the product would lose or cut gets
/// scales in f32.
pub fn quantize(values: &[f32], input: f32, weights: &[f32], beta: f32, float: Float, rescue: bool) -> Bias {
    let zeros = vec![0.0; values.len()];
    let halves = scales(input, weights, beta, float);
    let lost = |x: &f32, scale: f32| f64::from(x.abs()) > MOST * f64::from(scale);
    let pairs = |scales: &[f32]| -> Vec<f32> {
        let one = scales.first().copied().unwrap_or(1.0);
        (0..values.len())
            .map(|at| {
                if scales.len() == 1 {
                    one
                } else {
                    scales[at % scales.len()]
                }
            })
            .collect()
    };
    let rescued = rescue
        && float == Float::F16
        && (halves.contains(&0.0) || values.iter().zip(pairs(&halves)).any(|(x, scale)| lost(x, scale)));
    let (values, beta) = if beta == 0.0 {
        (&zeros[..], 1.0)
    } else {
        (values, beta)
    };
    let (scales, float) = if rescued {
        (
            widened(values, scales(input, weights, beta, Float::F32)),
            Float::F32,
        )
    } else {
        (scales(input, weights, beta, float), float)
    };
    let each = pairs(&scales);
    let integers = values.iter().zip(each).map(|(x, scale)| {
        let q = half_even_f64(f64::from(*x) / f64::from(scale));
        q as i32 // as Rust casts: NaN is 0, and what is too large the limit
    });
    Bias {
        integers: integers.collect(),
        scales,
        float,
    }
}

/// Scales in f32 that no value is too large for.
fn widened(values: &[f32], mut scales: Vec<f32>) -> Vec<f32> {
    let least = |x: &f32| f64::from(x.abs()) / MOST;
    let all = values.iter().map(least).fold(0.0, f64::max);
    let one = scales.len() == 1;
    for (at, scale) in scales.iter_mut().enumerate() {
        let least = if one {
            all
        } else {
            values.get(at).map_or(0.0, least)
        };
        *scale = f64::from(*scale).max(least * MARGIN) as f32;
        if *scale == 0.0 {
            *scale = 1.0;
        }
    }
    scales
}

/// Scales of weights, made larger where input's times weight's is too small for a bias in 32 bits; none when all are
/// large enough. One scale for the tensor is compared with the largest bias, in f64; those of `channels` each with its own
/// bias, whose share is computed in the tensor's type.
pub fn adjusted(bias: &[f32], input: f32, weights: &[f32], float: Float, channels: bool) -> Option<Vec<f32>> {
    let mut scales = weights.to_vec();
    let mut changed = false;
    let largest = bias.iter().fold(0.0, |most: f64, x| most.max(f64::from(x.abs())));
    for (at, scale) in scales.iter_mut().enumerate() {
        let need = if channels {
            let own = bias.get(at).copied().unwrap_or_default().abs();
            let margin = float.nearest(MARGIN);
            f64::from(float.times(margin, float.times(2.0, own))) / STEPS
        } else {
            MARGIN * (2.0 * largest) / STEPS
        };
        let product = f64::from(input) * f64::from(*scale);
        if product < need && product > 0.0 {
            *scale = float.at_least(f64::from(*scale) * (need / product));
            changed = true;
        }
    }
    changed.then_some(scales)
}
