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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_cast() {
        for x in (-(1 << 21)..=1 << 21)
            .map(|x| x as f32)
            .chain([-0.0, f32::NAN, -f32::NAN])
        {
            assert_eq!(whole(x), x as i32, "{x}");
        }
    }

    #[test]
    fn parameters_that_are_given() {
        // (x, zero point) → integer of scale 0.5 in −10…20
        let rows = [
            ((1.0, 3), 5),
            ((-1.0, 3), 1),
            ((0.25, 3), 4),
            ((-0.25, 3), 2),
            ((100.0, 3), 20),
            ((-100.0, 3), -10),
            ((f32::NAN, 3), 0),
        ];
        for ((x, zero_point), q) in rows {
            assert_eq!(quantize_with(x, 0.5, zero_point, -10, 20), q, "{x}");
        }
        // The sum with the zero point is rounded in f64, not the product in f32.
        assert_eq!(quantize_with(1.0, 1.0, 1 << 40, 0, i64::MAX), (1 << 40) + 1);
    }

    #[test]
    fn integers_back_to_reals() {
        assert_eq!(
            [0, 1, 255].map(|q| dequantize_u8(q, 0.5, -3.0)),
            [-3.0, -2.5, 124.5]
        );
        assert_eq!(
            [-7, 0, 5].map(|q| dequantize_symmetric(q, 0.25)),
            [-1.75, 0.0, 1.25]
        );
    }

    #[test]
    fn clipping_leaves_what_is_within() {
        let rows = [
            (-2.0, -1.0),
            (-1.0, -1.0),
            (0.5, 0.5),
            (3.0, 3.0),
            (3.5, 3.0),
            (f32::INFINITY, 3.0),
            (f32::NEG_INFINITY, -1.0),
        ];
        for (x, wanted) in rows {
            assert_eq!(clip(x, -1.0, 3.0), wanted, "{x}");
        }
        assert!(clip(f32::NAN, -1.0, 3.0).is_nan());
        // A zero keeps its sign at a bound of the other one.
        assert_eq!(clip(-0.0, 0.0, 1.0).to_bits(), (-0.0_f32).to_bits());
        assert_eq!(clip(0.0, -1.0, -0.0).to_bits(), 0.0_f32.to_bits());
    }

    #[test]
    fn int8_of_the_specification() {
        // scale 8/127: 1 → 15.875 → 16, −5 → −79.375 → −79, 8 → 127.
        let inv = inv_scale(8.0 / 127.0);
        let got: Vec<i32> = [1.0, -5.0, 8.0, 9.0]
            .map(|x| quantize_symmetric(x, inv, 127))
            .to_vec();
        assert_eq!(got, [16, -79, 127, 127]);
    }

    #[test]
    fn uint8_clamps_at_both_ends() {
        let inv = inv_scale(0.5);
        let got = [-10.0, -1.0, -0.75, 0.0, 200.0].map(|x| quantize_u8(x, -1.0, inv));
        assert_eq!(got, [0, 0, 1, 2, 255]);
    }
}
