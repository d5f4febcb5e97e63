//! Rounding rules by name.
#![allow(clippy::disallowed_methods)]

/// Rounds half away from zero: C's `roundf`, the rule of ONE and TFLite.
pub fn half_away_f32(x: f32) -> f32 {
    x.round()
}

/// Rounds half away from zero in f64.
pub fn half_away_f64(x: f64) -> f64 {
    x.round()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_go_away_from_zero() {
        let rows = [
            (0.5, 1.0),
            (-0.5, -1.0),
            (1.5, 2.0),
            (2.5, 3.0),
            (-2.5, -3.0),
            (0.499_999_97, 0.0),
        ];
        for (x, rounded) in rows {
            assert_eq!(half_away_f32(x), rounded, "{x}");
            assert_eq!(half_away_f64(f64::from(x)), f64::from(rounded), "{x}");
        }
        assert!(half_away_f32(f32::NAN).is_nan());
    }
}
