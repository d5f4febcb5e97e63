//! LOGISTIC and LEAKY_RELU: `QLinearSigmoid` and `QLinearLeakyRelu`, a table of all integers.

use super::convert::{fused, integer};
use crate::ops::Call;
use crate::ops::integer::operands;
use crate::ops::integer::profile::Profile;
use crate::ops::integer::table::looked_up;
use crate::ops::support::options;
use quant_ir::error::Result;
use quant_ir::value::Value;

/// x, or alpha · x below zero.
pub fn leaky_relu(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let alpha = options::read!(call, LeakyReluOptions).alpha;
    by_table(call, |x| if x >= 0.0 { x } else { alpha * x })
}

/// 1/(1+e^−x), as MLAS approximates it.
pub fn logistic(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    by_table(call, sigmoid)
}

fn by_table(call: &Call<'_>, f: impl Fn(f32) -> f32) -> Result<Vec<Value>> {
    let (x, y) = (operands::input(call, 0)?, operands::output(call, 0)?);
    let first = x.limits().0 - x.zero;
    let table = std::array::from_fn(|at| integer(f((first + at as i32) as f32 * x.scale), y));
    looked_up(call, &table, y.limits())
}

/// Coefficients of a quotient of polynomials in x², the highest first (those of Eigen's logistic function).
#[allow(clippy::excessive_precision, clippy::unreadable_literal)]
const ABOVE: [f32; 5] = [
    4.37031012579801e-11,
    1.15627324459942e-07,
    6.08574864600143e-05,
    8.51377133304701e-03,
    2.48287947061529e-01,
];
#[allow(clippy::excessive_precision, clippy::unreadable_literal)]
const BELOW: [f32; 6] = [
    6.10247389755681e-13,
    5.76102136993427e-09,
    6.29106785017040e-06,
    1.70198817374094e-03,
    1.16817656904453e-01,
    9.93151921023180e-01,
];

/// x · ABOVE(x²) / BELOW(x²) + ½ between −18 and 18, with fused additions.
pub fn sigmoid(x: f32) -> f32 {
    let x = x.clamp(-18.0, 18.0);
    let square = x * x;
    // From zero the first step leaves the first coefficient.
    let of = |all: &[f32]| all.iter().fold(0.0f32, |sum, c| fused(sum, square, *c));
    (x * of(&ABOVE) / of(&BELOW) + 0.5).clamp(0.0, 1.0)
}
