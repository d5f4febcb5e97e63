//! RELU and its kin: integers rescaled and clamped; LEAKY_RELU has a factor for each side of zero.

use super::operands;
use super::profile::Profile;
use crate::ops::Call;
use crate::ops::support::options;
use quant_ir::DType;
use quant_ir::error::Result;
use quant_ir::value::Value;
use quant_numeric::fixed::Multiplier;
use quant_numeric::round::{half_away_f32, word_of_x86};

/// max(x, 0).
pub fn relu(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    clamped(call, 0.0, None)
}

/// x between 0 and 6.
pub fn relu6(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    clamped(call, 0.0, Some(6.0))
}

/// x between −1 and 1.
pub fn relu_n1_to_1(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    clamped(call, -1.0, Some(1.0))
}

/// x between 0 and 1.
pub fn relu_0_to_1(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    clamped(call, 0.0, Some(1.0))
}

fn clamped(call: &Call<'_>, low: f32, high: Option<f32>) -> Result<Vec<Value>> {
    let (x, y) = (operands::input(call, 0)?, operands::output(call, 0)?);
    // The quotient in f32 (`ReluPrepare`).
    let by = Multiplier::of(f64::from(x.scale / y.scale));
    // A limit that no word holds becomes the lowest one, and what is clamped to it is cut to the type.
    let of = |real: f32| {
        let steps = word_of_x86(half_away_f32(real / y.scale).into());
        y.zero.wrapping_add(steps)
    };
    let (lowest, highest) = y.limits();
    let limits = (
        of(low).max(lowest),
        high.map_or(highest, |high| of(high).min(highest)),
    );
    let made = operands::integers(call, 0)?;
    let made = made
        .into_iter()
        .map(|q| by.times(q - x.zero).wrapping_add(y.zero));
    Ok(vec![y.value(call.input(0)?.shape.clone(), made, limits)])
}

/// x, or alpha · x below zero.
pub fn leaky(call: &Call<'_>, profile: Profile) -> Result<Vec<Value>> {
    let alpha = options::read!(call, LeakyReluOptions).alpha;
    let (x, y) = (operands::input(call, 0)?, operands::output(call, 0)?);
    let same = Multiplier::of(f64::from(x.scale / y.scale));
    let below = Multiplier::of(f64::from((x.scale * alpha / y.scale).abs()));
    let sign = if alpha < 0.0 { -1 } else { 1 };
    // Where halves go when alpha is negative: the reference kernels turn the sign of the result, the others the mantissa's.
    let turned = profile == Profile::Litert && x.dtype == DType::Int16;
    let negative = Multiplier {
        mantissa: sign * below.mantissa,
        ..below
    };
    let made = operands::integers(call, 0)?.into_iter().map(|q| {
        let q = q - x.zero;
        let product = if q >= 0 {
            same.times(q)
        } else if turned {
            negative.times(q)
        } else {
            sign * below.times(q)
        };
        product.wrapping_add(y.zero)
    });
    Ok(vec![y.value(call.input(0)?.shape.clone(), made, y.limits())])
}
