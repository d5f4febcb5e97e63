//! Integers times a real factor, in integers alone, as TensorFlow Lite's kernels compute it (`quantization_util.cc`,
//! `common.h`).

use super::shift::Word;
use crate::round::half_away_f64;

/// A positive real factor as `mantissa · 2^(exponent − 31)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Multiplier {
    /// 2³⁰ … 2³¹ − 1, or 0.
    pub mantissa: i32,
    /// Bits to the left; below zero to the right.
    pub exponent: i32,
}

impl Multiplier {
    /// No factor: all products are 0.
    pub const ZERO: Self = Self {
        mantissa: 0,
        exponent: 0,
    };

    /// The nearest factor with a mantissa of 31 bits: `mantissa = round(f · 2³¹)` for `f` in ½…1 with
    /// `real = f · 2^exponent` (`QuantizeMultiplier`). Factors below 2⁻³² become 0, as do those that are not positive
    /// numbers, of which the original says nothing.
    #[must_use]
    pub fn of(real: f64) -> Self {
        if !(real.is_normal() && real > 0.0) {
            return Self::ZERO;
        }
        let bits = real.to_bits();
        let mut exponent = ((bits >> 52) & 0x7ff) as i32 - 1022;
        let fraction = f64::from_bits((bits & !(0x7ff << 52)) | (1022 << 52));
        let mut mantissa = half_away_f64(fraction * f64::from(1u32 << 31)) as i64;
        if mantissa == 1 << 31 {
            mantissa /= 2;
            exponent += 1;
        }
        if exponent < -31 {
            return Self::ZERO;
        }
        Self {
            mantissa: mantissa as i32,
            exponent,
        }
    }

    /// The same for [`Self::times_once`]: a factor above 2³⁰ is the largest (`TFLITE_SINGLE_ROUNDING`).
    #[must_use]
    pub fn for_once(real: f64) -> Self {
        match Self::of(real) {
            large if large.exponent > 30 => Self {
                mantissa: i32::MAX,
                exponent: 30,
            },
            other => other,
        }
    }

    /// `x · factor`, rounded twice (`MultiplyByQuantizedMultiplier`): the doubled product's upper 32 bits to
    /// nearest with halves up, then the shift to the right to nearest with halves away from zero. A shift to the
    /// left comes first and wraps; its count is taken modulo 32, as x86 does.
    #[must_use]
    #[inline]
    pub fn times(self, x: i32) -> i32 {
        let x = x.wrapping_shl(self.exponent.max(0).unsigned_abs());
        x.high_product(self.mantissa)
            .rounding_shift_right((-self.exponent.min(0)).unsigned_abs())
    }

    /// `x · factor`, rounded twice with halves up both times (the vector kernels of RUY): as [`Self::times`] for products
    /// that are not negative. A vector shifted to the left by 32 bits or more is 0.
    #[must_use]
    #[inline]
    pub fn times_up(self, x: i32) -> i32 {
        let left = self.exponent.max(0).unsigned_abs();
        let x = x.wrapping_mul(1i32.checked_shl(left).unwrap_or(0));
        let high = i64::from(x.high_product(self.mantissa));
        let right = (-self.exponent.min(0)).unsigned_abs().min(31);
        ((high + ((1 << right) >> 1)) >> right) as i32
    }

    /// `x · factor` to nearest with halves up, rounded once (`TFLITE_SINGLE_ROUNDING`, and RUY); the exponent is at most 30.
    #[must_use]
    #[inline]
    pub fn times_once(self, x: i32) -> i32 {
        let right = (31 - self.exponent).clamp(1, 62);
        let product = i64::from(x) * i64::from(self.mantissa);
        ((product + (1 << (right - 1))) >> right) as i32
    }

    /// `x · factor` of a wide sum, to nearest with halves up, with a mantissa of 15 bits
    /// (`MultiplyByQuantizedMultiplier(int64_t, …)`); |x| < 2⁴⁷ and an exponent from −31 to 7. The result is cut to 32 bits.
    #[must_use]
    #[inline]
    pub fn times_wide(self, x: i64) -> i32 {
        let mantissa = if self.mantissa < 0x7fff_0000 {
            (i64::from(self.mantissa) + (1 << 15)) >> 16
        } else {
            0x7fff
        };
        let right = (15 - self.exponent).clamp(1, 62);
        let product = x.wrapping_mul(mantissa);
        (product.wrapping_add(1 << (right - 1)) >> right) as i32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first multiplication rounds halves up, the shift to the right halves away from zero: a quarter of 1 is 1.
    #[test]
    fn products_are_rounded_twice() {
        let rows = [
            (0.5, [(1, 1), (-1, 0), (3, 2), (-3, -1), (2, 1), (0, 0)]),
            (0.875, [(1, 1), (-1, -1), (2, 2), (-2, -2), (-4, -3), (-6, -5)]),
            (0.25, [(1, 1), (2, 1), (-2, -1), (-1, 0), (6, 2), (-6, -2)]),
            (
                0.125,
                [(12, 2), (10, 1), (14, 2), (-12, -2), (-10, -1), (-14, -2)],
            ),
            (
                0.75,
                [
                    (1, 1),
                    (2, 2),
                    (-2, -1),
                    (4, 3),
                    (-4, -3),
                    (i32::MAX, 1_610_612_735),
                ],
            ),
            (
                3.0,
                [
                    (5, 15),
                    (-5, -15),
                    (0, 0),
                    (1 << 30, 0),
                    (1 << 28, 3 << 28),
                    (-1, -3),
                ],
            ),
            // What is shifted out to the left wraps.
            (
                1.5,
                [
                    (1, 2),
                    (-1, -1),
                    (3, 5),
                    (-3, -4),
                    (1 << 30, -1_610_612_736),
                    (2, 3),
                ],
            ),
            (
                2f64.powi(-32),
                [
                    (i32::MAX, 1),
                    (1 << 30, 0),
                    (1, 0),
                    (-1, 0),
                    (i32::MIN, -1),
                    (-(1 << 30), 0),
                ],
            ),
        ];
        for (real, products) in rows {
            for (x, product) in products {
                assert_eq!(Multiplier::of(real).times(x), product, "{x} · {real}");
            }
        }
    }

    #[test]
    fn factors_are_the_nearest() {
        let three_quarters = 3 << 29;
        let rows = [
            (1.0, 1 << 30, 1),
            (0.5, 1 << 30, 0),
            (0.75, three_quarters, 0),
            (3.0, three_quarters, 2),
            // A mantissa that rounds to 1 is half of the next power.
            (0.999_999_999_9, 1 << 30, 1),
            (0.999_999_999, i32::MAX - 1, 0),
            (2f64.powi(-32), 1 << 30, -31),
            (0.999_999_999_9 * 2f64.powi(-32), 1 << 30, -31),
            (2f64.powi(-33), 0, 0),
            (0.999 * 2f64.powi(-32), 0, 0),
            (1.5 * 2f64.powi(29), three_quarters, 30),
            (2f64.powi(30), 1 << 30, 31),
        ];
        for (real, mantissa, exponent) in rows {
            assert_eq!(
                Multiplier::of(real),
                Multiplier { mantissa, exponent },
                "{real:e}"
            );
        }
    }

    /// Numbers at which rules part.
    fn edges() -> Vec<i32> {
        let mut edges = vec![0, 1, -1, 3, -3, 100, -128, 12_345, -32_768, 987_654_321];
        for n in 1..31 {
            edges.extend([
                (1 << n) - 1,
                1 << n,
                (1 << n) + 1,
                -(1 << n) - 1,
                -(1 << n),
                1 - (1 << n),
            ]);
        }
        edges.extend([i32::MAX, i32::MIN, i32::MIN + 1]);
        edges
    }

    const REALS: [f64; 14] = [
        1.0,
        0.5,
        0.25,
        0.75,
        2.727_272_7,
        0.003,
        1e-8,
        117.25,
        0.999_999_999_9,
        1.5,
        3.0,
        0.875,
        127.9,
        2.4e-10,
    ];

    /// x/2ⁿ to nearest; `up` says what becomes of halves.
    fn nearest(x: i128, n: u32, up: bool) -> i128 {
        let (floor, rest, half) = (x >> n, x & ((1 << n) - 1), (1i128 << n) >> 1);
        floor + i128::from(n > 0 && (rest > half || (rest == half && up)))
    }

    #[test]
    fn products_are_those_of_wide_integers() {
        for real in REALS {
            let by = Multiplier::of(real);
            for x in edges() {
                // Twice: halves of the product up, halves of the shift away from zero; to the left it wraps.
                let left = i128::from(((i64::from(x)) << by.exponent.max(0)) as i32);
                let high = nearest(left * i128::from(by.mantissa), 31, true);
                let wanted = nearest(high, (-by.exponent).max(0) as u32, high > 0);
                assert_eq!(i128::from(by.times(x)), wanted, "{x} · {real}");
                let wanted = nearest(high, (-by.exponent).max(0) as u32, true);
                assert_eq!(i128::from(by.times_up(x)), wanted, "{x} · {real}, halves up");
                // Once: halves up.
                let wanted = nearest(
                    i128::from(x) * i128::from(by.mantissa),
                    (31 - by.exponent) as u32,
                    true,
                );
                assert_eq!(by.times_once(x), wanted as i32, "{x} · {real} once");
            }
        }
    }

    #[test]
    fn wide_products_are_those_of_wider_integers() {
        for real in REALS {
            let by = Multiplier::of(real);
            let mantissa = nearest(i128::from(by.mantissa), 16, true).min(0x7fff);
            let wide = edges()
                .into_iter()
                .flat_map(|x| [i64::from(x), i64::from(x) << 15, i64::from(x) * 32_771]);
            for x in wide {
                let wanted = nearest(i128::from(x) * mantissa, (15 - by.exponent) as u32, true);
                assert_eq!(by.times_wide(x), wanted as i32, "{x} · {real}");
            }
        }
    }

    #[test]
    fn odd_factors_are_zero() {
        for real in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-30] {
            assert_eq!(Multiplier::of(real).times(1000), 0, "{real}");
        }
        let largest = Multiplier {
            mantissa: i32::MAX,
            exponent: 30,
        };
        assert_eq!(
            (Multiplier::for_once(1e300), Multiplier::for_once(2f64.powi(30))),
            (largest, largest)
        );
        assert_eq!(Multiplier::for_once(3.0), Multiplier::of(3.0));
    }
}
