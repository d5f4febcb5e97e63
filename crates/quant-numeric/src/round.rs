//! Rounding rules by name.
#![allow(clippy::disallowed_methods)]
#![allow(clippy::inline_always)] // see `super::lanes`

/// Rounds half away from zero: C's `roundf`, the rule of ONE and TFLite.
#[inline(always)]
pub fn half_away_f32(x: f32) -> f32 {
    x.round()
}

/// Rounds half away from zero in f64.
#[inline(always)]
pub fn half_away_f64(x: f64) -> f64 {
    x.round()
}

/// A number cut to a word of 32 bits as x86 converts it: what does not fit, NaN among it, is the lowest integer.
#[inline(always)]
pub fn word_of_x86(x: f64) -> i32 {
    if (-2_147_483_648.0..2_147_483_648.0).contains(&x) {
        x as i32
    } else {
        i32::MIN
    }
}

/// Rounds to the nearest whole number, halves to the even one: TFLite's ROUND.
pub fn half_even_f32(x: f32) -> f32 {
    x.round_ties_even()
}

/// The same in f64.
pub fn half_even_f64(x: f64) -> f64 {
    x.round_ties_even()
}
