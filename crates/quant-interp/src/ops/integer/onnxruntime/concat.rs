//! CONCATENATION: `QLinearConcat`, whose parts may have scales of their own.

use super::convert::integer;
use crate::ops::Call;
use crate::ops::integer::profile::Profile;
use crate::ops::integer::{operands, widened};
use quant_ir::error::Result;
use quant_ir::value::Value;

/// What has the output's parameters is copied, the rest goes through real numbers.
pub fn eval(call: &Call<'_>, profile: Profile) -> Result<Vec<Value>> {
    let y = operands::output(call, 0)?;
    let rescaled = (0..call.inputs.len()).map(|at| {
        let (x, integers) = (operands::input(call, at)?, operands::integers(call, at)?);
        let made = integers.into_iter().map(|q| {
            if x == y {
                q
            } else {
                integer((q - x.zero) as f32 * x.scale, y)
            }
        });
        Ok(y.value(call.input(at)?.shape.clone(), made, y.limits()))
    });
    let rescaled = rescaled.collect::<Result<Vec<Value>>>()?;
    widened::eval(
        &Call {
            inputs: rescaled.iter().map(Some).collect(),
            ..*call
        },
        profile,
    )
}
