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
    // Without looking for the step of each element where all have one.
    macro_rules! floats {
        ($elements:expr) => {
            match steps.single() {
                Some((scale, zero_point)) => $elements
                    .iter()
                    .map(|q| scale * (i64::from(*q) - zero_point) as f32)
                    .collect(),
                None => $elements
                    .iter()
                    .enumerate()
                    .map(|(at, q)| {
                        let (scale, zero_point) = steps.at(at);
                        scale * (i64::from(*q) - zero_point) as f32
                    })
                    .collect(),
            }
        };
    }
    let floats: Vec<f32> = match &value.data {
        Data::I8(data) => floats!(data),
        Data::U8(data) => floats!(data),
        Data::I16(data) => floats!(data),
        Data::I32(data) => floats!(data),
        _ => {
            return Err(elementwise::wrong_type(
                call,
                "float16, int8, uint8, int16 and int32",
            ));
        }
    };
    Ok(vec![Value::f32(value.shape.clone(), floats)])
}
