//! Rounding rules, parameters and whole tensors against the book and naive twins.

mod affine;
mod channels;
mod clipped;
mod coding;
mod divided;
mod dynamic;
mod erf;
mod fixed_inverse_sqrt;
mod fixed_multiplier;
mod fixed_point;
mod fixed_shift;
mod fixed_table;
mod half;
mod multiples;
mod nudge;
mod round;
mod sigmoid;
mod slice;
