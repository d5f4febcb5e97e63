//! MUL: elementwise product, with broadcasting.

use quant_case::recipe::Operation;

use super::support::{activation, broadcast, options};
use super::{Call, OpDef, Rule};
use crate::error::Result;
use crate::ir::{Builtin, Options};
use crate::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::MUL,
    name: "Mul",
    options: read_recipe,
    shape,
    eval,
    rule: Rule::BINARY,
};

fn read_recipe(op: &Operation) -> Result<Options> {
    options::write!(MulOptions: MulOptionsT {
        fused_activation_function: options::activation(op)?,
    })
}

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    Ok(vec![broadcast::shape(
        call.f32(0)?.0,
        call.f32(1)?.0,
        &call.place(),
    )?])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let shape = shape(call)?.swap_remove(0);
    let mut out = broadcast::combine(call.f32(0)?, call.f32(1)?, &shape, |x, y| x * y);
    let options = options::read!(call, MulOptions);
    activation::apply(options.fused_activation_function, &mut out, &call.place())?;
    Ok(vec![Value::f32(shape, out)])
}
