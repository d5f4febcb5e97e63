//! Scale and zero point from a range, as ONE computes them (`compute_asym_scale_zp`, `compute_sym_scale`).

use super::round::half_away_f64;

/// The smallest scale of an 8-bit or 4-bit range.
pub const MIN_SCALE_8BIT: f32 = 1e-5;
/// The smallest scale of a 16-bit range.
pub const MIN_SCALE_16BIT: f32 = 1e-8;

/// Largest int16 of a symmetric range; −32768 is not used.
pub const INT16_MAX: i32 = 32767;
/// Largest int8 of a symmetric range; −128 is not used.
pub const INT8_MAX: i32 = 127;
/// Largest int4 of a symmetric range; −8 is not used.
pub const INT4_MAX: i32 = 7;

/// Scale, zero point, and the range that the integers then really cover.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Affine {
    /// Real distance of two neighbouring integers.
    pub scale: f32,
    /// The integer that means 0.
    pub zero_point: i64,
    /// Real value of the lowest integer; −0 when that is 0, as in the original's files.
    pub nudged_min: f32,
    /// Real value of the highest integer.
    pub nudged_max: f32,
}

/// Asymmetric uint8 parameters of the range `min…max`.
///
/// The range is widened to hold 0, `scale = (max − min) / 255` in f64, and the zero point is
/// `−min / scale`, rounded half away from zero; an all-positive range has zero point 0, an all-negative one
/// 255. A scale below 1e-5 is raised to 1e-5.
pub fn asymmetric_u8(min: f32, max: f32) -> Affine {
    const QMAX: f64 = 255.0;
    let (min, max) = (f64::from(min), f64::from(max));
    let (rmin, rmax) = (min.min(0.0), max.max(0.0));
    let mut scale = (rmax - rmin) / QMAX;
    let to_u8 = |x: f64| f64::from(half_away_f64(x) as u8);
    let mut zero_point = if min >= 0.0 {
        scale = max / QMAX;
        0.0
    } else if max < 0.0 {
        scale = -min / QMAX;
        QMAX
    } else {
        to_u8(0.0 - rmin / scale)
    };
    let floor = 1e-5_f64;
    if scale < floor {
        scale = floor;
        zero_point = to_u8(0.0 - rmin / scale);
    }
    Affine {
        scale: scale as f32,
        zero_point: zero_point as i64,
        nudged_min: (-zero_point * scale) as f32,
        nudged_max: ((QMAX - zero_point) * scale) as f32,
    }
}

/// Symmetric parameters of the range `min…max` for integers `−q_max…q_max`, no scale below `min_scale`.
///
/// `scale = max(min / −q_max, max / q_max)`, divided in f64 and rounded to f32.
pub fn symmetric(min: f32, max: f32, q_max: i32, min_scale: f32) -> Affine {
    let (rmin, rmax) = (f64::from(min).min(0.0), f64::from(max).max(0.0));
    let q = f64::from(q_max);
    let scale = ((rmin / -q).max(rmax / q) as f32).max(min_scale);
    Affine {
        scale,
        zero_point: 0,
        nudged_min: (-q * f64::from(scale)) as f32,
        nudged_max: (q * f64::from(scale)) as f32,
    }
}

/// The scale's reciprocal as the original takes it: divided in f64, rounded to f32.
pub fn inv_scale(scale: f32) -> f32 {
    (1.0 / f64::from(scale)) as f32
}
