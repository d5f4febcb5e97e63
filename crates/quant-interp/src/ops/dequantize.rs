//! DEQUANTIZE: floats of integers, scale · (q − zero point), or of half-precision floats.

use super::support::elementwise;
use super::support::steps::Steps;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::Result;
use quant_ir::value::{Data, Value};

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::DEQUANTIZE,
    name: "Dequantize",
    inputs: (1, 1),
    shape: elementwise::same_shape,
    eval,
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
        ($elements:expr, $narrow:literal) => {
            match steps.single() {
                Some((scale, zero_point)) => match i32::try_from(zero_point) {
                    // Differences of narrow integers are exact in 32 bits, for which vector units have instructions.
                    Ok(zero_point) if $narrow && zero_point.unsigned_abs() < 1 << 30 => $elements
                        .iter()
                        .map(|q| scale * (i32::from(*q) - zero_point) as f32)
                        .collect(),
                    _ => $elements
                        .iter()
                        .map(|q| scale * (i64::from(*q) - zero_point) as f32)
                        .collect(),
                },
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
        Data::I8(data) => floats!(data, true),
        Data::U8(data) => floats!(data, true),
        Data::I16(data) => floats!(data, true),
        Data::I32(data) => floats!(data, false),
        _ => {
            return Err(elementwise::wrong_type(
                call,
                "float16, int8, uint8, int16 and int32",
            ));
        }
    };
    Ok(vec![Value::f32(value.shape.clone(), floats)])
}
