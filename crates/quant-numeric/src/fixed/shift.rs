//! Products and shifts of one word, with the rounding rules of gemmlowp (`fixedpoint.h`).

/// A word that fixed-point numbers are made of: `i16` or `i32`.
///
/// Arithmetic that the originals leave to overflow wraps here.
pub trait Word: Copy + Ord {
    /// Bits but the sign: 15 or 31.
    const FRACTION: u32;
    /// Largest number.
    const MAX: Self;
    /// Zero.
    const ZERO: Self;

    /// The upper word of the doubled product, to nearest with halves up (`SaturatingRoundingDoublingHighMul`): `a·b/2ᴮ`
    /// for B [`Self::FRACTION`]. The lowest number times itself is the largest.
    #[must_use]
    fn high_product(self, other: Self) -> Self;

    /// `x/2ⁿ` to nearest with halves away from zero (`RoundingDivideByPOT`), n from 0 to [`Self::FRACTION`].
    #[must_use]
    fn rounding_shift_right(self, n: u32) -> Self;

    /// `x·2ⁿ`, saturated (`SaturatingRoundingMultiplyByPOT`), n from 0 to [`Self::FRACTION`].
    #[must_use]
    fn saturating_shift_left(self, n: u32) -> Self;

    /// The mean of two numbers, halves away from zero (`RoundingHalfSum`).
    #[must_use]
    fn rounding_half_sum(self, other: Self) -> Self;

    /// Sum; it wraps.
    #[must_use]
    fn plus(self, other: Self) -> Self;

    /// Difference; it wraps.
    #[must_use]
    fn minus(self, other: Self) -> Self;

    /// Sum that saturates in words of 16 bits and wraps in those of 32 (`AddSaturatingIf16Bit`).
    #[must_use]
    fn plus_saturating_if_16(self, other: Self) -> Self;

    /// A constant that is given for 32 bits: its upper half for 16, halves up.
    #[must_use]
    fn constant(bits32: i32) -> Self;

    /// `2ⁿ`, n below [`Self::FRACTION`].
    #[must_use]
    fn power(n: u32) -> Self;

    /// Whether two numbers have a bit in common.
    fn meets(self, other: Self) -> bool;

    /// The lowest bits of a number: those of `2ⁿ − 1`.
    #[must_use]
    fn low_bits(self, n: u32) -> Self;

    /// `x·2ᵉ` for e of any sign: saturated to the left, rounded to the right.
    #[must_use]
    fn scaled(self, exponent: i32) -> Self {
        match exponent {
            0.. => self.saturating_shift_left(exponent.unsigned_abs()),
            _ => self.rounding_shift_right(exponent.unsigned_abs()),
        }
    }
}

macro_rules! word {
    ($word:ty, $wide:ty, $bits:literal, $plus_saturating_if_16:ident) => {
        impl Word for $word {
            const FRACTION: u32 = $bits;
            const MAX: Self = Self::MAX;
            const ZERO: Self = 0;

            #[inline]
            fn high_product(self, other: Self) -> Self {
                if self == Self::MIN && other == Self::MIN {
                    return Self::MAX;
                }
                let product = <$wide>::from(self) * <$wide>::from(other);
                let half: $wide = 1 << (Self::FRACTION - 1);
                let nudge = if product >= 0 { half } else { 1 - half };
                // The division truncates: what a negative product was nudged by makes its halves go up.
                ((product + nudge) / (1 << Self::FRACTION)) as Self
            }

            #[inline]
            fn rounding_shift_right(self, n: u32) -> Self {
                let n = n.min(Self::FRACTION);
                let mask = (((1 as $wide) << n) - 1) as Self;
                let threshold = (mask >> 1) + Self::from(self < 0);
                (self >> n) + Self::from(self & mask > threshold)
            }

            #[inline]
            fn saturating_shift_left(self, n: u32) -> Self {
                let shifted = <$wide>::from(self) << n.min(Self::FRACTION);
                shifted.clamp(<$wide>::from(Self::MIN), <$wide>::from(Self::MAX)) as Self
            }

            #[inline]
            fn rounding_half_sum(self, other: Self) -> Self {
                let sum = <$wide>::from(self) + <$wide>::from(other);
                ((sum + if sum >= 0 { 1 } else { -1 }) / 2) as Self
            }

            #[inline]
            fn plus(self, other: Self) -> Self {
                self.wrapping_add(other)
            }

            #[inline]
            fn minus(self, other: Self) -> Self {
                self.wrapping_sub(other)
            }

            #[inline]
            fn plus_saturating_if_16(self, other: Self) -> Self {
                self.$plus_saturating_if_16(other)
            }

            #[inline]
            fn constant(bits32: i32) -> Self {
                ((i64::from(bits32) + ((1i64 << (31 - Self::FRACTION)) >> 1)) >> (31 - Self::FRACTION))
                    as Self
            }

            #[inline]
            fn power(n: u32) -> Self {
                1 << n.min(Self::FRACTION - 1)
            }

            #[inline]
            fn meets(self, other: Self) -> bool {
                self & other != 0
            }

            #[inline]
            fn low_bits(self, n: u32) -> Self {
                self & ((1 << n.min(Self::FRACTION - 1)) - 1)
            }
        }
    };
}

word!(i32, i64, 31, wrapping_add);
word!(i16, i32, 15, saturating_add);
