//! Operators that move and compare integers, and compute none: their own kernels, on integers of 32 bits.

use super::profile::Profile;
use crate::ops::{self, Call};
use quant_ir::DType;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::{Data, Value};

/// The kernel of any of them.
pub fn eval(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    less(call, 0)
}

/// The same on integers less `zero`, which is added again: where a kernel fills with zeros, the zero point stands.
pub fn less(call: &Call<'_>, zero: i32) -> Result<Vec<Value>> {
    let wide: Vec<Option<Value>> = {
        let wide = |value: &Value| widened(value, zero);
        call.inputs.iter().map(|input| input.and_then(wide)).collect()
    };
    let inputs = call.inputs.iter().zip(&wide);
    let within = Call {
        model: call.model,
        graph: call.graph,
        op: call.op,
        inputs: inputs.map(|(given, wide)| wide.as_ref().or(*given)).collect(),
        run: call.run,
    };
    let definition = ops::definition(&call.op.code).ok_or_else(|| {
        Error::new(
            call.place(),
            Problem::NoKernel("it has no kernel".into()),
            "leave it in float",
        )
    })?;
    let made = (definition.eval)(&within)?;
    let outputs = call.op.outputs.iter().map(|id| call.graph.tensor(*id).dtype);
    Ok(made
        .into_iter()
        .zip(outputs)
        .map(|(value, dtype)| narrowed(value, dtype, zero))
        .collect())
}

fn widened(value: &Value, zero: i32) -> Option<Value> {
    let data = match &value.data {
        Data::I8(data) => data.iter().map(|q| i32::from(*q).wrapping_sub(zero)).collect(),
        Data::U8(data) => data.iter().map(|q| i32::from(*q).wrapping_sub(zero)).collect(),
        Data::I16(data) => data.iter().map(|q| i32::from(*q).wrapping_sub(zero)).collect(),
        _ => return None,
    };
    Some(Value {
        shape: value.shape.clone(),
        data: Data::I32(data),
    })
}

/// Every integer came from one of the type, or is the least or the greatest of 32 bits, which the largest and the smallest of
/// no integers are.
fn narrowed(value: Value, dtype: DType, zero: i32) -> Value {
    let Data::I32(data) = &value.data else {
        return value;
    };
    let within = |low: i32, high: i32| {
        data.iter().map(move |q| match *q {
            i32::MIN => low,
            i32::MAX => high,
            q => q.wrapping_add(zero),
        })
    };
    let data = match dtype {
        DType::Int8 => Data::I8(within(-128, 127).map(|q| q as i8).collect()),
        DType::Uint8 => Data::U8(within(0, 255).map(|q| q as u8).collect()),
        DType::Int16 => Data::I16(within(-32768, 32767).map(|q| q as i16).collect()),
        _ => return value,
    };
    Value {
        shape: value.shape,
        data,
    }
}
