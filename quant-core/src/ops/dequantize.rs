//! DEQUANTIZE: floats of integers, scale · (q − zero point), or of half-precision floats.

use super::support::steps::Steps;
use super::support::{elementwise, options};
use super::{Call, OpDef, Rule};
use crate::error::Result;
use crate::ir::Builtin;
use crate::value::{Data, Value};

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::DEQUANTIZE,
    name: "Dequantize",
    options: options::none,
    shape: elementwise::same_shape,
    eval,
    rule: Rule::NONE,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let value = call.input(0)?;
    if let Data::F16(data) = &value.data {
        let floats = data.iter().map(|x| x.to_f32()).collect();
        return Ok(vec![Value::f32(value.shape.clone(), floats)]);
    }
    let tensor = call.op.inputs.first().copied().flatten();
    let steps = Steps::of(call, tensor, &value.shape)?;
    let elements = match &value.data {
        Data::I8(_) | Data::U8(_) | Data::I16(_) | Data::I32(_) => value.to_i64(),
        _ => None,
    };
    let elements =
        elements.ok_or_else(|| elementwise::wrong_type(call, "float16, int8, uint8, int16 and int32"))?;
    let floats = elements.iter().enumerate().map(|(at, q)| {
        let (scale, zero_point) = steps.at(at);
        scale * (q - zero_point) as f32
    });
    Ok(vec![Value::f32(value.shape.clone(), floats.collect())])
}
