//! PADV2: a constant around a value; input 1 is `[rank, 2]`, before and after, input 2 the constant.

use super::pad;
use super::ready::{Plain, Prepare};
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::PADV2,
    name: "PadV2",
    inputs: (3, 3),
    shape,
    eval,
};

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let (value, constant) = (call.input(0)?, call.input(2)?);
    if constant.len() != 1 || constant.dtype() != value.dtype() {
        return Err(Error::new(
            call.place(),
            Problem::Type(format!(
                "{} elements of {} pad {}",
                constant.len(),
                constant.dtype(),
                value.dtype()
            )),
            "pad with one element of the value's type",
        ));
    }
    pad::shape(call)
}

/// How it is made ready.
pub(super) const PREPARE: Prepare = Prepare {
    packed: &[],
    make: |_| {
        Ok(Box::new(Plain {
            shape,
            run: |call, _, out| {
                let value = call.f32(2)?.1.first().copied().unwrap_or_default();
                pad::fill(call, value, out)
            },
        }))
    },
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let value = call.input(0)?;
    let shape = shape(call)?.swap_remove(0);
    let places = pad::inside(&value.shape, &pad::paddings(call)?, &shape);
    let (end, mut data) = (value.len(), value.data.clone());
    // The shape rule has compared the types.
    let _ = data.append(&call.input(2)?.data, 0..1);
    let data = data.gather(places.into_iter().map(|at| at.unwrap_or(end)));
    Ok(vec![Value { shape, data }])
}
