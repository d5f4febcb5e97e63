//! Integers of weights and biases, computed when they are written.

use quant_torch::{Compute, DType, Payload, Result, Tensor};

use crate::bits::Bits;

/// What becomes of each element. All steps are in singles, one rounding each.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rule {
    /// `clamp(floor(factor · w + 0.5))`; binary weights are −1 below zero and +1 else.
    Weight {
        /// `2^(bits − 1) · f`.
        factor: f32,
        /// Bits of a weight.
        bits: Bits,
    },
    /// `clamp(floor(2^(bits − 1) · (b · f) + 0.5)) · 2^(bits − 8) · 2^7`, where `f` is not 0.
    Bias {
        /// The layer's factor without the bits.
        f: f32,
        /// Bits of the layer's weights.
        bits: Bits,
    },
    /// `clamp(floor(2^7 · factor · b + 0.5))` to 7 bits more than a weight has: the rule of older checkpoints.
    LegacyBias {
        /// `2^(bits − 1) · f`.
        factor: f32,
        /// Bits of the layer's weights.
        bits: Bits,
    },
}

/// Bits of an activation, and of the bias unit.
const ACTIVATION_BITS: i32 = 8;

impl Rule {
    /// The new value of an element.
    pub fn apply(self, x: f32) -> f32 {
        match self {
            Self::Weight {
                bits: Bits::Binary, ..
            } => {
                if x < 0.0 {
                    -1.0
                } else {
                    1.0
                }
            }
            Self::Weight { factor, bits } => {
                let (low, high) = bits.range();
                weight(x, factor, low, high)
            }
            Self::Bias { f, bits } => {
                let x = if f == 0.0 { x } else { x * f };
                let (low, high) = bits.range();
                let whole = (bits.one() * x + 0.5).floor().clamp(low, high);
                whole * 2f32.powi(bits.width() - 8) * 2f32.powi(ACTIVATION_BITS - 1)
            }
            Self::LegacyBias { factor, bits } => {
                let high = bits.one() * 2f32.powi(ACTIVATION_BITS - 1);
                let scaled = factor * x * 2f32.powi(ACTIVATION_BITS - 1);
                (scaled + 0.5).floor().clamp(-high, high - 1.0)
            }
        }
    }
}

/// The integer of a weight. The ends are whole, so the order of floor and clamp does not matter; this one is quick.
fn weight(x: f32, factor: f32, low: f32, high: f32) -> f32 {
    floor_of_small((factor * x + 0.5).clamp(low, high))
}

/// `floor` of a number within ±2³⁰, which the compiler turns into vector code where `f32::floor` is a call.
fn floor_of_small(x: f32) -> f32 {
    let toward_zero = x as i32 as f32;
    if toward_zero > x {
        toward_zero - 1.0
    } else {
        toward_zero
    }
}

/// A tensor after a rule.
struct Scaled {
    tensor: Tensor,
    count: u64,
    rule: Rule,
}

impl Compute for Scaled {
    fn size(&self) -> u64 {
        self.count * DType::Float.size()
    }

    fn write(&self, take: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let mut bytes = Vec::new();
        self.tensor.pieces_f32(&mut |floats| {
            bytes.resize(size_of_val(floats), 0);
            let (singles, _) = bytes.as_chunks_mut();
            let pairs = singles.iter_mut().zip(floats);
            match self.rule {
                // The range once, not for each weight.
                Rule::Weight { factor, bits } if bits != Bits::Binary => {
                    let (low, high) = bits.range();
                    pairs.for_each(|(to, x)| *to = weight(*x, factor, low, high).to_le_bytes());
                }
                rule => pairs.for_each(|(to, x)| *to = rule.apply(*x).to_le_bytes()),
            }
            take(&bytes)
        })
    }
}

/// The strides that torch gives the result of an operation on each element, and its bytes: dimensions keep their
/// order in memory where no element is left out or stands twice.
///
/// # Errors
/// The tensor has too many elements.
pub(crate) fn scaled(tensor: &Tensor, rule: Rule) -> Result<(Vec<usize>, Payload)> {
    let count = tensor.count()? as u64;
    let (strides, tensor) = match tensor.dense() {
        Some(dense) => (tensor.strides.clone(), dense),
        None => (quant_torch::contiguous_strides(&tensor.shape), tensor.clone()),
    };
    let payload = Payload::Computed(std::sync::Arc::new(Scaled { tensor, count, rule }));
    Ok((strides, payload))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_those_of_the_plain_formula() {
        for bits in [1, 2, 4, 8, 16].map(Bits::Signed) {
            let (low, high) = bits.range();
            for factor in [bits.one(), bits.one() * 0.77, bits.one() * 4096.0] {
                let rule = Rule::Weight { factor, bits };
                // Halves, what lies beside them, and the ends.
                let halves = (-600i16..600).map(|n| (f32::from(n) / 2.0) / factor);
                let near = halves.flat_map(|x| [x, x.next_up(), x.next_down()]);
                for x in near.chain([0.0, -0.0, 1e-40, f32::MAX, f32::MIN]) {
                    let plain = (factor * x + 0.5).floor().clamp(low, high);
                    assert_eq!(rule.apply(x).to_bits(), plain.to_bits(), "{bits:?} {factor} {x}");
                }
            }
        }
    }

    #[test]
    fn binary_weights_are_signs() {
        let rule = Rule::Weight {
            factor: 64.0,
            bits: Bits::Binary,
        };
        assert_eq!(
            [-2.0, -1e-9, -0.0, 0.0, 0.3].map(|x| rule.apply(x)),
            [-1.0, -1.0, 1.0, 1.0, 1.0]
        );
    }
}
