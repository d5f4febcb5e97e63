//! Functions of gemmlowp's fixed-point numbers (`fixedpoint/fixedpoint.h`): a [`Word`] with `n` bits before the point stands
//! for `word · 2^(n − FRACTION)`, so that Q0 is −1 … 1.
//!
//! Sums wrap and products are [`Word::high_product`], whose point stands at the sum of both points.

use std::cmp::Ordering;

use super::shift::Word;

/// e^a for a ≤ 0 with `n` integer bits, in Q0; 1 is the largest number (`exp_on_negative_values`).
///
/// The rest of a below a quarter goes through a polynomial of degree 4 around −⅛, its quarters are multiplied in bit by
/// bit; what lies below −32 is 0.
#[must_use]
pub fn exp_of_negative<W: Word>(a: W, n: u32) -> W {
    /// e^−(2^k) in Q0.31 for k from −2 to 4.
    const FACTORS: [(i32, i32); 7] = [
        (-2, 1_672_461_947),
        (-1, 1_302_514_674),
        (0, 790_015_084),
        (1, 290_630_308),
        (2, 39_332_535),
        (3, 720_401),
        (4, 242),
    ];
    if a == W::ZERO {
        return W::MAX;
    }
    // Bits behind the point.
    let behind = W::FRACTION - n;
    let quarter = W::power(behind - 2);
    let rest = a.low_bits(behind - 2).minus(quarter);
    let mut result = exp_of_rest(rest.saturating_shift_left(n));
    let quarters = rest.minus(a);
    for (exponent, factor) in FACTORS {
        let place = behind.wrapping_add_signed(exponent);
        if (n as i32) > exponent && quarters.meets(W::power(place)) {
            result = result.high_product(W::constant(factor));
        }
    }
    if n > 5 && a < W::ZERO.minus(W::power(W::FRACTION + 5 - n)) {
        return W::ZERO;
    }
    result
}

/// e^a for −¼ ≤ a < 0, both in Q0.
fn exp_of_rest<W: Word>(a: W) -> W {
    // e^−⅛, ⅓
    let (constant, third) = (W::constant(1_895_147_668), W::constant(715_827_883));
    let x = a.plus(W::power(W::FRACTION - 3));
    let x2 = x.high_product(x);
    let x3 = x2.high_product(x);
    let x4 = x2.high_product(x2);
    let sum = x4
        .rounding_shift_right(2)
        .plus(x3)
        .high_product(third)
        .plus(x2)
        .rounding_shift_right(1);
    constant.plus_saturating_if_16(constant.high_product(x.plus(sum)))
}

/// 2/(1+a) in Q2 for a in 0 … 1 in Q0: three steps of Newton's method from 48/17 − 32/17·d.
fn twice_reciprocal<W: Word>(a: W) -> W {
    let half_denominator = a.rounding_half_sum(W::MAX);
    let (first, slope) = (W::constant(1_515_870_810), W::constant(-1_010_580_540));
    let one = W::power(W::FRACTION - 2);
    let mut x = first.plus(half_denominator.high_product(slope));
    for _ in 0..3 {
        let error = one.minus(half_denominator.high_product(x));
        x = x.plus(x.high_product(error).saturating_shift_left(2));
    }
    x
}

/// 1/(1+a) for a in 0 … 1, both in Q0 (`one_over_one_plus_x_for_x_in_0_1`).
#[must_use]
pub fn one_over_one_plus<W: Word>(a: W) -> W {
    twice_reciprocal(a).saturating_shift_left(1)
}

/// (1−a)/(1+a) for a in 0 … 1, both in Q0 (`one_minus_x_over_one_plus_x_for_x_in_0_1`).
fn one_minus_over_one_plus<W: Word>(a: W) -> W {
    twice_reciprocal(a)
        .minus(W::power(W::FRACTION - 2))
        .saturating_shift_left(2)
}

/// 1/(1+e^−a) for a with `n` integer bits, in Q0 (`logistic`).
#[must_use]
pub fn logistic<W: Word>(a: W, n: u32) -> W {
    let positive = |a: W| one_over_one_plus(exp_of_negative(W::ZERO.minus(a), n));
    match a.cmp(&W::ZERO) {
        Ordering::Equal => W::power(W::FRACTION - 1),
        Ordering::Greater => positive(a),
        Ordering::Less => W::MAX.minus(positive(W::ZERO.minus(a))),
    }
}

/// tanh a for a with `n` integer bits, in Q0 (`tanh`).
#[must_use]
pub fn tanh<W: Word>(a: W, n: u32) -> W {
    // The argument doubled is the same word with one more integer bit.
    let of_negative = |a: W| one_minus_over_one_plus(exp_of_negative(a, n + 1));
    match a.cmp(&W::ZERO) {
        Ordering::Equal => W::ZERO,
        Ordering::Less => W::ZERO.minus(of_negative(a)),
        Ordering::Greater => of_negative(W::ZERO.minus(a)),
    }
}

/// ln a for a ≥ 1 with `n` integer bits, with `m` integer bits (TensorFlow Lite, `log_x_for_x_greater_than_or_equal_to_1_impl`).
///
/// a is brought near √½ in two ways, by a power of two and by an odd power of √2; the smaller one goes through a quotient of
/// polynomials around ⁴√½, and the power is added as a multiple of ln 2.
#[must_use]
pub fn ln(a: i32, n: u32, m: u32) -> i32 {
    // An extra bit of headroom while the parts are added.
    let accumulator = m + 1;
    let (ln_2, half_sqrt_2, half_sqrt_sqrt_2) = (1_488_522_236, 1_518_500_250, 1_805_811_301);
    // Coefficients of the quotient, times ⁴√2: 11/240, 1/20, 2/√2 − 1 in these units, 1/4.
    let (alpha_n, alpha_d, alpha_i, alpha_f) = (117_049_297, 127_690_142, 1_057_819_769, 638_450_708);
    let quarter = (1i32 << 29).rounding_shift_right(accumulator);
    let power = |bits: i32| bits.saturating_shift_left(31 - accumulator);

    let headroom = a.leading_zeros() as i32;
    let by_two = a.scaled(headroom - 1);
    let by_two = by_two.high_product(half_sqrt_2).saturating_shift_left(1);
    let power_of_two = power(n as i32 - headroom).saturating_add(quarter);

    let odd = a.high_product(half_sqrt_2);
    let odd_headroom = odd.leading_zeros() as i32 - 1;
    let by_odd = a.scaled(odd_headroom);
    let power_of_odd = power(n as i32 - odd_headroom).saturating_sub(quarter);

    let r = by_two.min(by_odd);
    let power = power_of_two.max(power_of_odd);
    let p = r.rounding_half_sum(half_sqrt_sqrt_2);
    let q = r.wrapping_sub(half_sqrt_sqrt_2);
    let q = q.wrapping_add(q);
    let square = q.high_product(q);
    let numerator = q
        .high_product(r)
        .wrapping_add(q.high_product(square).high_product(alpha_n));
    let polynomial = alpha_i.plus(q).plus(alpha_d.high_product(square));
    let denominator = p.high_product(polynomial).wrapping_add(alpha_f.high_product(q));
    let reciprocal = one_over_one_plus(denominator);
    let quotient = numerator
        .rounding_shift_right(accumulator)
        .high_product(reciprocal);
    power
        .high_product(ln_2)
        .wrapping_add(quotient)
        .saturating_shift_left(1)
}

/// The reciprocal of a positive number with `digits` integer bits, as a word in Q0 of 1/(x scaled to 1 … 2), and how many
/// bits of x stand before the point above 1 (TensorFlow Lite, `GetReciprocal`).
#[must_use]
pub fn reciprocal(x: i32, digits: i32) -> (i32, i32) {
    let headroom = x.leading_zeros();
    let above_one = (x as u32).wrapping_shl(headroom).wrapping_sub(1 << 31) as i32;
    (one_over_one_plus(above_one), digits - headroom as i32)
}
