//! From sums of products to the output's integers: one factor in f32.

use crate::ops::integer::affine::Rescale;
use crate::ops::integer::operands::Side;

/// What a sum of products is multiplied with.
pub fn factor(x: Side, weights: f32, y: Side) -> f32 {
    x.scale * weights / y.scale
}

/// The same for each output channel.
pub fn rescales(weights: &[f32], x: Side, y: Side) -> Vec<Rescale> {
    let factors = weights.iter().map(|scale| factor(x, *scale, y));
    factors.map(Rescale::Even).collect()
}
