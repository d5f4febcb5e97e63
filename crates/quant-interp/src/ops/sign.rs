//! SIGN: −1, 0 or 1; NaN stays NaN, and −0 becomes 0.

use super::support::elementwise;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::Result;
use quant_ir::value::{Data, Value};

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::SIGN,
    name: "Sign",
    inputs: (1, 1),
    shape: elementwise::same_shape,
    eval,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let value = call.input(0)?;
    let data = match &value.data {
        Data::F32(data) => Data::F32(data.iter().map(|x| sign(*x)).collect()),
        Data::I32(data) => Data::I32(data.iter().map(|x| x.signum()).collect()),
        _ => return Err(elementwise::wrong_type(call, "float32 and int32")),
    };
    let shape = value.shape.clone();
    Ok(vec![Value { shape, data }])
}

fn sign(x: f32) -> f32 {
    if x == 0.0 { 0.0 } else { x.signum() }
}
