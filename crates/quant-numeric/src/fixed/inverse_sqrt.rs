//! 1/√x in integers.

use super::Multiplier;
use super::shift::Word;

/// The factor 1/√x for an integer x (TensorFlow Lite, `GetInvSqrtQuantizedMultiplierExp`): a mantissa and the power of two
/// that stands with it, to be used as [`Multiplier::times`] does. 1 for x of 1 and less.
///
/// x is brought to 2²⁷ … 2²⁹ by powers of 4; five steps of Newton's method, y ← y·(3 − x·y²)/2 from 1, follow in Q3.
#[must_use]
pub fn inverse_sqrt(x: i32) -> Multiplier {
    const HALF_SQRT_2: i32 = 1_518_500_250;
    if x <= 1 {
        return Multiplier {
            mantissa: i32::MAX,
            exponent: 0,
        };
    }
    let (mut x, mut right) = (x, 11);
    while x >= 1 << 29 {
        x /= 4;
        right += 1;
    }
    let pairs = (x.leading_zeros() - 1) / 2 - 1;
    right -= pairs as i32;
    x <<= 2 * pairs;
    let input = x >> 1;
    let half_input = input.rounding_shift_right(1);
    let half_three = (1 << 28) + (1 << 27);
    let mut y = 1i32 << 28;
    for _ in 0..5 {
        let cube = y.high_product(y).high_product(y).saturating_shift_left(6);
        let step = half_three
            .high_product(y)
            .wrapping_sub(half_input.high_product(cube));
        y = step.saturating_shift_left(3);
    }
    let mut mantissa = y.high_product(HALF_SQRT_2);
    if right < 0 {
        mantissa = mantissa.wrapping_shl(right.unsigned_abs());
        right = 0;
    }
    Multiplier {
        mantissa,
        exponent: -right,
    }
}
