//! Products of integers with a real factor, in integers alone, as TensorFlow Lite's kernels compute them.

use super::round::half_away_f64;

/// A positive real factor as `mantissa · 2^(exponent − 31)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Factor {
    mantissa: i32,
    exponent: i32,
}

impl Factor {
    /// The nearest factor with a mantissa of 31 bits: `mantissa = round(f · 2³¹)` for `f` in ½…1 with
    /// `real = f · 2^exponent` (TensorFlow Lite, `QuantizeMultiplier`). Factors below 2⁻³² become 0, those above
    /// 2³⁰ the largest.
    #[must_use]
    pub fn of(real: f64) -> Self {
        let zero = Self {
            mantissa: 0,
            exponent: 0,
        };
        if !(real.is_normal() && real > 0.0) {
            return zero;
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
            return zero;
        }
        if exponent > 30 {
            (mantissa, exponent) = (i64::from(i32::MAX), 30);
        }
        Self {
            mantissa: mantissa as i32,
            exponent,
        }
    }

    /// `x · factor`, rounded twice (`MultiplyByQuantizedMultiplier`): the doubled product's upper 32 bits to
    /// nearest with halves up, then the shift to the right to nearest with halves away from zero. A shift to the
    /// left comes first and wraps.
    #[must_use]
    pub fn times(self, x: i32) -> i32 {
        let left = self.exponent.clamp(0, 31);
        let x = i64::from(x.wrapping_mul(1i32.wrapping_shl(left as u32)));
        let product = x * i64::from(self.mantissa);
        let nudge = if product >= 0 {
            1i64 << 30
        } else {
            1 - (1i64 << 30)
        };
        let high = (product + nudge) / (1i64 << 31);
        let right = (-self.exponent).clamp(0, 31);
        let mask = (1i64 << right) - 1;
        let threshold = (mask >> 1) + i64::from(high < 0);
        ((high >> right) + i64::from(high & mask > threshold)) as i32
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
                assert_eq!(Factor::of(real).times(x), product, "{x} · {real}");
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
            (2f64.powi(30), i32::MAX, 30),
            (0.999_999_999_9 * 2f64.powi(30), i32::MAX, 30),
        ];
        for (real, mantissa, exponent) in rows {
            assert_eq!(Factor::of(real), Factor { mantissa, exponent }, "{real:e}");
        }
    }

    #[test]
    fn products_are_within_one_of_the_real_ones() {
        for real in [1.0, 0.5, 2.727_272_7, 0.003, 1e-8, 117.25, 0.999_999_999_9] {
            let factor = Factor::of(real);
            for x in [0, 1, -1, 2, -3, 100, -128, 12_345, -32_768] {
                let wanted = f64::from(x) * real;
                let made = f64::from(factor.times(x));
                assert!((made - wanted).abs() <= 0.75, "{x} · {real}: {made}");
            }
        }
    }

    #[test]
    fn odd_factors_are_zero_or_the_largest() {
        for real in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-30] {
            assert_eq!(Factor::of(real).times(1000), 0, "{real}");
        }
        assert_eq!(Factor::of(1e300), Factor::of(2f64.powi(31)));
    }
}
