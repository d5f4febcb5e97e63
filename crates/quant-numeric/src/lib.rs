//! Arithmetic of quantization: rounding rules, scale and zero point, quantizing slices.
//!
//! This crate knows no model. Each rounding rule is a named function, and each scheme names the one it
//! uses; nothing else in the project may round or fuse.

pub mod affine;
pub mod channels;
pub mod coding;
pub mod erf;
pub mod fixed;
mod lanes;
pub mod round;
pub mod slice;
