//! From sums of products to the output's integers.

use super::operands::Side;
use super::profile::Profile;
use quant_ir::DType;
use quant_numeric::fixed::Multiplier;
use quant_numeric::round::{half_away_f64, half_even_f32, word_of_x86};

/// How the sum of a channel becomes an integer before the zero point.
#[derive(Clone, Copy)]
pub enum Rescale {
    /// Rounded twice ([`Multiplier::times`]).
    Twice(Multiplier),
    /// Rounded twice, halves up ([`Multiplier::times_up`]).
    Up(Multiplier),
    /// A sum of 64 bits ([`Multiplier::times_wide`]).
    Wide(Multiplier),
    /// In f64, halves away from zero; what does not fit 32 bits is the lowest integer.
    Real(f64),
    /// In f32, halves to even; what does not fit 16 bits is the nearest integer that does.
    Even(f32),
}

impl Rescale {
    /// The product.
    pub fn times(self, sum: i64) -> i32 {
        match self {
            Self::Twice(by) => by.times(sum as i32),
            Self::Up(by) => by.times_up(sum as i32),
            Self::Wide(by) => by.times_wide(sum),
            Self::Real(by) => word_of_x86(half_away_f64(sum as f64 * by)),
            Self::Even(by) => half_even_f32(sum as i32 as f32 * by).clamp(-32768.0, 32767.0) as i32,
        }
    }

    /// XNNPACK's and onnxruntime's, for weights of a scale.
    pub fn even(x: Side, weights: f32, y: Side) -> Self {
        Self::Even(x.scale * weights / y.scale)
    }

    /// For convolutions: activations of 16 bits are added up in 64, unless the bias has 32.
    pub fn of_convolution(profile: Profile, dtype: DType, wide_bias: bool, real: f64) -> Self {
        match (dtype, profile) {
            (DType::Int16, _) if wide_bias => Self::Wide(Multiplier::of(real)),
            (_, Profile::LitertReference | Profile::One | Profile::Onert) => {
                Self::Twice(Multiplier::of(real))
            }
            (_, Profile::Xnnpack | Profile::Onnxruntime) => Self::Even(real as f32),
            (_, Profile::Litert) => Self::Up(Multiplier::of(real)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// LiteRT converts the product as x86 does, and adds the zero point to what comes.
    #[test]
    fn a_product_beyond_32_bits_is_the_lowest_integer() {
        let by = Rescale::Real(2f64.powi(25));
        assert_eq!([by.times(63), by.times(-64)], [63 << 25, i32::MIN]);
        assert_eq!([by.times(64), by.times(-65), by.times(1 << 40)], [i32::MIN; 3]);
    }
}
