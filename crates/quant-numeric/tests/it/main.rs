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

/// The powers of two of both signs, and what is next to each.
fn around_powers() -> impl Iterator<Item = i32> {
    (1..31).flat_map(|n| {
        let power = 1 << n;
        [power - 1, power, power + 1, -power - 1, -power, 1 - power]
    })
}
