//! Parameters of a range.

use crate::rounding::round;
use crate::tflite::net::View;

/// Parameters of an activation with that range.
pub fn activation((min, max): (f32, f32)) -> View {
    let (mut a, mut b) = (f64::from(min).min(0.0), f64::from(max).max(0.0));
    if (b - a).abs() < 1e-6 {
        (a, b) = (a - 1e-6, b + 1e-6);
    }
    affine(a, b)
}

/// Those of a range that is wide enough and holds 0.
pub fn affine(a: f64, b: f64) -> View {
    let scale = (b as f32 - a as f32) / 255.0;
    let zero = (-128.0 - a / f64::from(scale)) as f32;
    View::activation("int8", scale, round(f64::from(zero), -128, 127))
}
