//! Arithmetic of quantization: rounding rules, scale and zero point, quantizing slices.
//!
//! This crate knows no model. Each rounding rule is a named function, and each scheme names the one it
//! uses; nothing else in the project may round or fuse.
//!
//! ```
//! use quant_numeric::affine::asymmetric_u8;
//!
//! // 255 steps from −1 to 4; 0 is the integer 51.
//! let parameters = asymmetric_u8(-1.0, 4.0);
//! assert_eq!((parameters.scale, parameters.zero_point), (5.0 / 255.0, 51));
//! ```

pub mod affine;
pub mod channels;
pub mod clipped;
pub mod coding;
pub mod divided;
pub mod dynamic;
pub mod erf;
pub mod fixed;
pub mod half;
mod lanes;
pub mod multiples;
pub mod nudge;
pub mod round;
pub mod sigmoid;
pub mod slice;
