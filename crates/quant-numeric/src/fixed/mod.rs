//! Real arithmetic in integers alone, as the runtimes of TensorFlow Lite compute it: equal bits, no tolerance.
//!
//! The rules of rounding differ from step to step and from runtime to runtime, so each is a function with a name:
//! [`shift`] has products and shifts of one word, [`multiplier`] integers times a real factor, [`point`] the functions of
//! gemmlowp's fixed-point numbers (exp, 1/(1+x), logistic, tanh, ln), [`inverse_sqrt`] 1/√x, and [`table`] functions of
//! 8-bit and 16-bit integers as tables.

pub mod inverse_sqrt;
pub mod multiplier;
pub mod point;
pub mod shift;
pub mod table;

pub use multiplier::Multiplier;
