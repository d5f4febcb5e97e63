//! Quantizing and dequantizing single values. All products and roundings are in f32, one at a time.
//!
//! [`super::coding`] does it to whole tensors, with these functions.
#![allow(clippy::inline_always)] // see `super::lanes`

use super::affine::inv_scale;
use super::round::{half_away_f32, half_away_f64};

/// A whole number of magnitude up to 2²¹ as an integer, and NaN as 0: `x as i32`, for which vector units have no
/// single instruction, since it answers for every float.
///
/// Added to 1.5 · 2²³, whose last bit is worth 1, a whole number stands in the last bits of the sum.
#[inline(always)]
pub fn whole(x: f32) -> i32 {
    const BASE: f32 = 12_582_912.0;
    let x = if x.is_nan() { 0.0 } else { x };
    (x + BASE).to_bits().wrapping_sub(BASE.to_bits()).cast_signed()
}

/// uint8: `q = round((x − nudged_min) · inv_scale)` clamped to 0…255.
#[inline(always)]
pub fn quantize_u8(x: f32, nudged_min: f32, inv_scale: f32) -> u8 {
    whole(half_away_f32((x - nudged_min) * inv_scale).clamp(0.0, 255.0)) as u8
}

/// Symmetric: `q = round(x · inv_scale)` clamped to `−q_max…q_max`.
#[inline(always)]
pub fn quantize_symmetric(x: f32, inv_scale: f32, q_max: i32) -> i32 {
    let q_max = q_max as f32;
    whole(half_away_f32(x * inv_scale).clamp(-q_max, q_max))
}

/// uint8 back to real: `q · scale + nudged_min`, two roundings.
#[inline(always)]
pub fn dequantize_u8(q: u8, scale: f32, nudged_min: f32) -> f32 {
    f32::from(q) * scale + nudged_min
}

/// Symmetric back to real: `q · scale`.
#[inline(always)]
pub fn dequantize_symmetric(q: i32, scale: f32) -> f32 {
    q as f32 * scale
}

/// A value with given parameters: `q = round(x · inv_scale) + zero_point` in f64, clamped to `low…high`.
pub fn quantize_with(x: f32, scale: f32, zero_point: i64, low: i64, high: i64) -> i64 {
    let q = half_away_f64(f64::from(x) * f64::from(inv_scale(scale))) + zero_point as f64;
    q.clamp(low as f64, high as f64) as i64
}

/// Clips to `low…high`; NaN stays. Unlike `f32::clamp` it does not look whether the bounds are in order, which
/// would stop a loop over channels from being one over vectors.
#[inline(always)]
pub fn clip(x: f32, low: f32, high: f32) -> f32 {
    let x = if x < low { low } else { x };
    if x > high { high } else { x }
}
