//! From sums of products to the output's integers.

use super::profile::Profile;
use quant_ir::DType;
use quant_numeric::fixed::Multiplier;
use quant_numeric::round::half_away_f64;

/// How the sum of a channel becomes an integer before the zero point.
#[derive(Clone, Copy)]
pub enum Rescale {
    /// Rounded twice ([`Multiplier::times`]).
    Twice(Multiplier),
    /// Rounded twice, halves up ([`Multiplier::times_up`]).
    Up(Multiplier),
    /// A sum of 64 bits ([`Multiplier::times_wide`]).
    Wide(Multiplier),
    /// In f64, halves away from zero.
    Real(f64),
}

impl Rescale {
    /// The product.
    pub fn times(self, sum: i64) -> i32 {
        match self {
            Self::Twice(by) => by.times(sum as i32),
            Self::Up(by) => by.times_up(sum as i32),
            Self::Wide(by) => by.times_wide(sum),
            Self::Real(by) => half_away_f64(sum as f64 * by) as i32,
        }
    }

    /// For convolutions: activations of 16 bits are added up in 64, unless the bias has 32.
    pub fn of_convolution(profile: Profile, dtype: DType, wide_bias: bool, real: f64) -> Self {
        match (dtype, profile) {
            (DType::Int16, _) if wide_bias => Self::Wide(Multiplier::of(real)),
            (_, Profile::LitertReference | Profile::One | Profile::Onert) => {
                Self::Twice(Multiplier::of(real))
            }
            (_, Profile::Litert) => Self::Up(Multiplier::of(real)),
        }
    }
}
