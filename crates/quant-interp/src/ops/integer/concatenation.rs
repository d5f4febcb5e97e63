//! CONCATENATION: integers are moved; those of uint8 are rescaled in f32 where the scales differ.

use super::profile::Profile;
use super::{operands, widened};
use crate::ops::Call;
use quant_ir::DType;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;
use quant_numeric::round::half_away_f32;

/// The kernel.
pub fn eval(call: &Call<'_>, profile: Profile) -> Result<Vec<Value>> {
    let y = operands::output(call, 0)?;
    let sides: Vec<operands::Side> = (0..call.inputs.len())
        .map(|at| operands::input(call, at))
        .collect::<Result<_>>()?;
    if sides.iter().all(|x| *x == y) {
        return widened::eval(call, profile);
    }
    if sides.iter().any(|x| x.dtype != DType::Uint8) || y.dtype != DType::Uint8 {
        return Err(Error::new(
            call.place(),
            Problem::NoKernel("it moves integers between different scales or zero points".into()),
            "quantize the float model again",
        ));
    }
    let inverse = 1.0 / y.scale;
    let rescaled = sides.iter().enumerate().map(|(at, x)| {
        let shape = call.input(at)?.shape.clone();
        let integers = operands::integers(call, at)?;
        if *x == y {
            return Ok(y.value(shape, integers.into_iter(), y.limits()));
        }
        let scale = x.scale * inverse;
        let bias = -(x.zero as f32) * scale;
        let made = integers.into_iter().map(|q| {
            let q = half_away_f32(q as f32 * scale + bias) as i32;
            q.saturating_add(y.zero)
        });
        Ok(y.value(shape, made, y.limits()))
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
