//! Floats of a tensor's own type: a scale of a half-precision model is a half, and so is each step on its way.

use half::f16;

/// Type of a float tensor. Values of both are held as `f32`, which has every half.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Float {
    /// Single precision.
    #[default]
    F32,
    /// Half precision.
    F16,
}

impl Float {
    /// The number of this type next to `x`, the even one of two.
    pub fn nearest(self, x: f64) -> f32 {
        match self {
            Self::F32 => x as f32,
            Self::F16 => f16::from_f32(odd(x)).to_f32(),
        }
    }

    /// The number of this type that is `x` or the next above it.
    pub fn at_least(self, x: f64) -> f32 {
        let near = self.nearest(x);
        match self {
            Self::F16 if f64::from(near) < x => next_half(near),
            _ => near,
        }
    }

    /// A product, rounded.
    pub fn times(self, a: f32, b: f32) -> f32 {
        self.nearest(f64::from(a) * f64::from(b))
    }

    /// A sum, rounded.
    pub fn plus(self, a: f32, b: f32) -> f32 {
        self.nearest(f64::from(a) + f64::from(b))
    }
}

/// `f32` rounded to odd: what was cut off leaves a one in the last place, so that a second rounding, to fewer places, does
/// what one rounding would.
fn odd(x: f64) -> f32 {
    let near = x as f32;
    let back = f64::from(near);
    if back == x || !near.is_finite() || x.is_nan() {
        return near;
    }
    let bits = near.to_bits();
    let cut = if back.abs() > x.abs() { bits - 1 } else { bits };
    f32::from_bits(cut | 1)
}

/// The half above a finite half that is not below zero.
fn next_half(x: f32) -> f32 {
    f16::from_bits(f16::from_f32(x).to_bits().saturating_add(1)).to_f32()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_rounded_once() {
        // Just above the middle of 1 and the half above it: rounded to f32 first, it would be the middle, and then 1.
        let x = 1.0 + 2f64.powi(-11) + 2f64.powi(-40);
        assert_eq!(Float::F16.nearest(x), 1.0 + 2f32.powi(-10));
        assert_eq!(Float::F16.nearest(1.0 + 2f64.powi(-11)), 1.0);
        assert_eq!(Float::F16.nearest(-x), -1.0 - 2f32.powi(-10));
        assert_eq!(Float::F32.nearest(0.1), 0.1);
    }

    #[test]
    fn at_least_never_shrinks() {
        assert_eq!(Float::F16.at_least(1.0 + 2f64.powi(-30)), 1.0 + 2f32.powi(-10));
        assert_eq!(Float::F16.at_least(1.5), 1.5);
    }
}
