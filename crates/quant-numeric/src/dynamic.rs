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

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of every length, of both signs and of one, with halves.
    fn rows() -> Vec<Vec<f32>> {
        let mut seed = 1u64;
        let mut next = move || {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (seed >> 40) as f32 / 8_388_608.0 - 1.0
        };
        let mut rows = Vec::new();
        for length in 1..=70 {
            let row: Vec<f32> = (0..length).map(|_| next()).collect();
            rows.push(row.iter().map(|x| x.abs()).collect());
            rows.push(row.iter().map(|x| -x.abs()).collect());
            rows.push(
                row.iter()
                    .map(|x| (x * 254.0).trunc() / 2.0)
                    .chain([127.0])
                    .collect(),
            );
            rows.push(row);
        }
        rows
    }

    /// The formulas of the head, in f64 where that is exact.
    #[test]
    fn symmetric_is_its_formula() {
        for row in rows() {
            let mut q = vec![0; row.len()];
            let scale = symmetric(&row, &mut q);
            let most = row.iter().fold(0.0f32, |most, x| most.max(x.abs()));
            if most == 0.0 {
                assert_eq!((scale, q), (1.0, vec![0; row.len()]));
                continue;
            }
            assert_eq!(scale, most / 127.0);
            for (x, q) in row.iter().zip(&q) {
                let exact = f64::from((127.0 / most) * x);
                assert!(
                    half_away_f64(exact) == f64::from(*q) && q.abs() <= 127,
                    "{row:?}: {x} is {q}"
                );
            }
        }
    }

    #[test]
    fn asymmetric_is_its_formula() {
        for row in rows() {
            let mut q = vec![0; row.len()];
            let (scale, zero) = asymmetric(&row, &mut q);
            let low = row.iter().fold(0.0f32, |low, x| low.min(*x));
            let high = row.iter().fold(0.0f32, |high, x| high.max(*x));
            if low == high {
                assert_eq!((scale, zero), (1.0, 0));
                continue;
            }
            assert_eq!(scale, (f64::from(high - low) / 255.0) as f32);
            let exact = -128.0 - f64::from(low) / (f64::from(high - low) / 255.0);
            assert!((f64::from(zero) - exact).abs() <= 0.500_001, "{zero} {exact}");
            for (x, q) in row.iter().zip(&q) {
                let exact = f64::from(zero) + half_away_f64(f64::from((1.0 / f64::from(scale)) as f32 * x));
                assert_eq!(exact.clamp(-128.0, 127.0), f64::from(*q), "{row:?}: {x}");
            }
        }
    }

    /// What LiteRT 2.3.0 gave for these rows.
    #[test]
    fn vectors_round_otherwise_than_the_rest_of_a_row() {
        // The factor is 1: the product is the element.
        let row: Vec<f32> = [0.499_999_97; 8]
            .into_iter()
            .chain([0.499_999_97, 127.0])
            .collect();
        let mut q = vec![0; row.len()];
        assert_eq!(symmetric(&row, &mut q), 1.0);
        assert_eq!(q, [1, 1, 1, 1, 1, 1, 1, 1, 0, 127]);
        // The factor is infinite.
        let row: Vec<f32> = [1e-38, -1e-38].into_iter().cycle().take(10).collect();
        let mut q = vec![0; row.len()];
        symmetric(&row, &mut q);
        assert_eq!(q, [127, -127, 127, -127, 127, -127, 127, -127, -127, -127]);
        let row: Vec<f32> = [5e-38, -3e-38, 0.0].into_iter().cycle().take(11).collect();
        let mut q = vec![0; row.len()];
        assert_eq!(asymmetric(&row, &mut q).1, -32);
        assert_eq!(q, [127, 127, 127, 127, 127, 127, 127, 127, 0, 127, -128]);
    }

    #[test]
    fn four_bit_rows_are_not_clamped() {
        for row in rows() {
            let (mut q, mut same) = (vec![0; row.len()], vec![0; row.len()]);
            let (a, b) = (symmetric_in_f64(&row, &mut q), symmetric(&row, &mut same));
            assert!((a - b).abs() <= a * 1e-6, "{a} {b}");
            assert!(
                q.iter().zip(&same).all(|(q, same)| (q - same).abs() <= 1),
                "{row:?}"
            );
        }
        let mut q = [5i16; 3];
        assert_eq!((symmetric_in_f64(&[0.0; 3], &mut q), q), (1.0, [0; 3]));
    }
}
