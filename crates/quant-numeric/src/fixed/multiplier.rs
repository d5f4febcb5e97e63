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
    /// Beyond an exponent of 14, where the shift would go to the left, its count is taken modulo 64, as x86 does.
    #[must_use]
    #[inline]
    pub fn times_wide(self, x: i64) -> i32 {
        let (mantissa, right) = self.wide();
        let half = 1i64.wrapping_shl(right.wrapping_sub(1));
        x.wrapping_mul(mantissa).wrapping_add(half).wrapping_shr(right) as i32
    }

    /// The mantissa of 15 bits of [`Self::times_wide`], and its shift to the right, which is taken modulo 64.
    #[must_use]
    #[inline]
    pub fn wide(self) -> (i64, u32) {
        let mantissa = if self.mantissa < 0x7fff_0000 {
            (i64::from(self.mantissa) + (1 << 15)) >> 16
        } else {
            0x7fff
        };
        (mantissa, (15 - self.exponent) as u32)
    }
}
