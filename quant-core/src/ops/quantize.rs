//! QUANTIZE: integers of floats, round(x / scale) + zero point.

use super::support::steps::Steps;
use super::support::{elementwise, options};
use super::{Call, OpDef, Rule};
use crate::error::{Error, Result};
use crate::ir::{Builtin, DType};
use crate::numeric::round::half_away_f32;
use crate::value::{Data, Value};

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::QUANTIZE,
    name: "Quantize",
    options: options::none,
    shape: elementwise::same_shape,
    eval,
    rule: Rule::NONE,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let (shape, data) = call.f32(0)?;
    let Some(id) = call.op.outputs.first().copied() else {
        return Ok(Vec::new());
    };
    let steps = Steps::of(call, Some(id), shape)?;
    let quantized = |low: i16, high: i16| {
        data.iter().enumerate().map(move |(at, x)| {
            let (scale, zero_point) = steps.at(at);
            let q = half_away_f32(x / scale) + zero_point as f32;
            q.clamp(f32::from(low), f32::from(high))
        })
    };
    let data = match call.graph.tensor(id).dtype {
        DType::Int8 => Data::I8(quantized(-128, 127).map(|q| q as i8).collect()),
        DType::Uint8 => Data::U8(quantized(0, 255).map(|q| q as u8).collect()),
        DType::Int16 => Data::I16(quantized(i16::MIN, i16::MAX).map(|q| q as i16).collect()),
        other => {
            return Err(Error::unsupported(
                call.place(),
                format!("it makes {other}"),
                "quantize to int8, uint8 or int16",
            ));
        }
    };
    Ok(vec![Value {
        shape: shape.to_vec(),
        data,
    }])
}
