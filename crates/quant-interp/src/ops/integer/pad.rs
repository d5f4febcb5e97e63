//! PAD, PADV2 and SPACE_TO_BATCH_ND: what is added is the zero point, or the integer that is given.

use super::profile::Profile;
use super::{operands, widened};
use crate::ops::{Call, pad};
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The kernel.
pub fn eval(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let (x, y) = (operands::input(call, 0)?, operands::output(call, 0)?);
    let given = (call.inputs.len() > 2)
        .then(|| operands::input(call, 2))
        .transpose()?;
    if x != y || given.is_some_and(|given| given != x) {
        let problem = Problem::NoKernel("its operands have different scales or zero points".into());
        return Err(Error::new(
            call.place(),
            problem,
            "quantize the float model again",
        ));
    }
    let value = match given {
        Some(_) => operands::integers(call, 2)?.first().copied().unwrap_or(y.zero),
        None => y.zero,
    };
    let dims = &call.input(0)?.shape;
    let shape = pad::shape(call)?.swap_remove(0);
    let places = pad::inside(dims, &pad::paddings(call)?, &shape);
    let input = operands::integers(call, 0)?;
    let made = places
        .into_iter()
        .map(|place| place.map_or(value, |at| input[at]));
    Ok(vec![y.value(shape, made, y.limits())])
}

/// SPACE_TO_BATCH_ND; both ends have one scale and zero point.
pub fn space_to_batch(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    widened::less(call, operands::both(call)?.zero)
}
