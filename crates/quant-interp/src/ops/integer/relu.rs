//! RELU and its kin: integers rescaled and clamped; LEAKY_RELU has a factor for each side of zero.

use super::operands;
use super::profile::Profile;
use crate::ops::Call;
use crate::ops::support::options;
use quant_ir::DType;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;
use quant_numeric::fixed::Multiplier;
use quant_schema::ActivationFunctionType as Activation;

/// max(x, 0).
pub fn relu(call: &Call<'_>, profile: Profile) -> Result<Vec<Value>> {
    clamped(call, profile, Activation::RELU, None)
}

/// x between 0 and 6.
pub fn relu6(call: &Call<'_>, profile: Profile) -> Result<Vec<Value>> {
    clamped(call, profile, Activation::RELU6, None)
}

/// x between −1 and 1.
pub fn relu_n1_to_1(call: &Call<'_>, profile: Profile) -> Result<Vec<Value>> {
    clamped(call, profile, Activation::RELU_N1_TO_1, None)
}

/// x between 0 and 1.
pub fn relu_0_to_1(call: &Call<'_>, profile: Profile) -> Result<Vec<Value>> {
    clamped(call, profile, Activation::RELU, Some(1.0))
}

fn clamped(call: &Call<'_>, profile: Profile, function: Activation, most: Option<f32>) -> Result<Vec<Value>> {
    let (x, y) = (operands::input(call, 0)?, operands::output(call, 0)?);
    // The quotient in f32 (`ReluPrepare`).
    let by = Multiplier::of(f64::from(x.scale / y.scale));
    if by.exponent > 30 && x.dtype == DType::Int16 && matches!(profile, Profile::Litert | Profile::Xnnpack) {
        return Err(Error::new(
            call.place(),
            Problem::NoKernel("factors of 2^30 and more have no integer kernel in 16 bits".to_owned()),
            "LiteRT's vectors and its single words differ there; quantize a narrower range",
        ));
    }
    let (low, mut high) = y.activation(call, function)?;
    if let Some(most) = most {
        high = high.min(y.of(most));
    }
    let made = operands::integers(call, 0)?;
    let made = made
        .into_iter()
        .map(|q| by.times(q - x.zero).wrapping_add(y.zero));
    Ok(vec![y.value(call.input(0)?.shape.clone(), made, (low, high))])
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
