//! Activations as 8-bit integers while a model runs: what LiteRT's kernels of float activations and integer weights
//! ("hybrid", dynamic range) do with each row of the input.
//!
//! With `m` the largest magnitude of a row, its least element `l ≤ 0` and its greatest `h ≥ 0`, all in f32:
//!
//! ```text
//! symmetric    s = m / 127         q = clamp(round(x · (127 / m)), ±127)
//! asymmetric   s = (h − l) / 255   q = clamp(z + round(x · (1 / s)), −128, 127)
//! ```
//!
//! where `z` is `−128 − l / s` or `127 − h / s` in f64, that of the smaller magnitudes, rounded half away from zero. A row of
//! zeros has scale 1. On x86-64 vectors of 8 elements are rounded by adding ±½ and truncating (`nearest`), the rest of a
//! row half away from zero; these differ at 0.49999997, and where a row of tiny floats has an infinite factor.

use crate::round::{half_away_f32, half_away_f64, word_of_x86};

/// Elements that are rounded as a vector.
const LANES: usize = 8;

/// Integers of a row without a zero point; its scale. Elements are finite, and `out` is as long as `row`.
pub fn symmetric(row: &[f32], out: &mut [i16]) -> f32 {
    let range = row.iter().fold(0.0f32, |most, x| most.max(x.abs()));
    if range == 0.0 {
        out.fill(0);
        return 1.0;
    }
    let factor = 127.0 / range;
    let vectors = row.len() / LANES * LANES;
    for (at, (x, q)) in row.iter().zip(out).enumerate() {
        let x = factor * x;
        let whole = if at < vectors {
            nearest(x)
        } else {
            word_of_x86(f64::from(half_away_f32(x)))
        };
        *q = whole.clamp(-127, 127) as i16;
    }
    range / 127.0
}

/// Integers of a row; its scale and zero point. Elements are finite, and `out` is as long as `row`.
pub fn asymmetric(row: &[f32], out: &mut [i16]) -> (f32, i32) {
    let (low, high) = row
        .iter()
        .fold((0.0f32, 0.0f32), |(low, high), x| (low.min(*x), high.max(*x)));
    if low == high {
        out.fill(0);
        return (1.0, 0);
    }
    // The difference in f32, the rest in f64.
    let step = f64::from(high - low) / 255.0;
    let (below, above) = (f64::from(low) / step, f64::from(high) / step);
    let zero = if 128.0 + below.abs() < 127.0 + above.abs() {
        -128.0 - below
    } else {
        127.0 - above
    };
    let zero = half_away_f64(zero).clamp(-128.0, 127.0) as i32;
    let scale = step as f32;
    let factor = if scale == 0.0 {
        0.0
    } else {
        (1.0 / f64::from(scale)) as f32
    };
    let vectors = row.len() / LANES * LANES;
    for (at, (x, q)) in row.iter().zip(out).enumerate() {
        let x = factor * x;
        let whole = if at < vectors {
            nearest(x).wrapping_add(zero)
        } else {
            // To the nearest bound where it is beyond 32 bits, here alone.
            (zero as f32 + half_away_f32(x)) as i32
        };
        *q = whole.clamp(-128, 127) as i16;
    }
    (scale, zero)
}

/// Integers of a row as the kernel of packed 4-bit weights makes them, without a zero point; its scale. Quotients are those
/// of f64, rounded to f32; nothing is clamped. Elements are finite, and `out` is as long as `row`.
pub fn symmetric_in_f64(row: &[f32], out: &mut [i16]) -> f32 {
    let range = row.iter().fold(0.0f32, |most, x| most.max(x.abs()));
    let range = if range == 0.0 { 127.0 } else { f64::from(range) };
    let factor = (127.0 / range) as f32;
    for (x, q) in row.iter().zip(out) {
        *q = i16::from(word_of_x86(f64::from(half_away_f32(factor * x))) as i8);
    }
    (range / 127.0) as f32
}

/// ±½ added in f32, then truncated; beyond 32 bits the nearest bound above, the lowest integer below.
fn nearest(x: f32) -> i32 {
    let x = x + if x < 0.0 { -0.5 } else { 0.5 };
    if x >= 2_147_483_648.0 {
        return i32::MAX;
    }
    word_of_x86(f64::from(x))
}
