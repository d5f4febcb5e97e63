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
