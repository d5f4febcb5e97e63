//! Rounding rules, by their names.

/// Half away from zero, within bounds.
#[allow(clippy::disallowed_methods)] // the rule that it names
pub fn round(x: f64, low: i64, high: i64) -> i64 {
    (x.round() as i64).clamp(low, high)
}

/// Half to even, within bounds.
#[allow(clippy::disallowed_methods)] // the rule that it names
pub fn even(x: f64, low: i64, high: i64) -> i64 {
    (x.round_ties_even() as i64).clamp(low, high)
}
