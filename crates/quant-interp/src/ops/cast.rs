//! CAST: elements in the output's type.

use super::support::elementwise;
use super::{Call, OpDef};
use half::f16;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::{Data, Value};
use quant_ir::{Builtin, DType};

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::CAST,
    name: "Cast",
    inputs: (1, 1),
    shape: elementwise::same_shape,
    eval,
};

/// Floats, cut toward zero and kept in the type's range; NaN becomes its end, as in the runtime.
fn from_f32(data: &[f32], wanted: DType) -> Option<Data> {
    let ends = |x: &f32| if x.is_nan() { f32::INFINITY } else { *x };
    Some(match wanted {
        DType::Float32 => Data::F32(data.to_vec().into()),
        DType::Float16 => Data::F16(data.iter().map(|x| f16::from_f32(*x)).collect()),
        DType::Int64 => Data::I64(data.iter().map(|x| ends(x) as i64).collect()),
        DType::Int32 => Data::I32(data.iter().map(|x| ends(x) as i32).collect()),
        DType::Int16 => Data::I16(data.iter().map(|x| ends(x) as i16).collect()),
        DType::Int8 => Data::I8(data.iter().map(|x| ends(x) as i8).collect()),
        DType::Uint8 => Data::U8(data.iter().map(|x| ends(x) as u8).collect()),
        DType::Bool => Data::Bool(data.iter().map(|x| *x != 0.0).collect()),
        DType::Complex64 => Data::C64(data.iter().map(|x| [*x, 0.0]).collect()),
        _ => return None,
    })
}

/// Integers; narrower types keep the low bits.
fn from_int(data: &[i64], wanted: DType) -> Option<Data> {
    Some(match wanted {
        DType::Float32 => Data::F32(data.iter().map(|x| *x as f32).collect()),
        DType::Float16 => Data::F16(data.iter().map(|x| f16::from_f32(*x as f32)).collect()),
        DType::Int64 => Data::I64(data.to_vec()),
        DType::Int32 => Data::I32(data.iter().map(|x| *x as i32).collect()),
        DType::Int16 => Data::I16(data.iter().map(|x| *x as i16).collect()),
        DType::Int8 => Data::I8(data.iter().map(|x| *x as i8).collect()),
        DType::Uint8 => Data::U8(data.iter().map(|x| *x as u8).collect()),
        DType::Bool => Data::Bool(data.iter().map(|x| *x != 0).collect()),
        DType::Complex64 => Data::C64(data.iter().map(|x| [*x as f32, 0.0]).collect()),
        _ => return None,
    })
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let value = call.input(0)?;
    let Some(id) = call.op.outputs.first() else {
        return Ok(Vec::new());
    };
    let wanted = call.graph.tensor(*id).dtype;
    let data = match &value.data {
        Data::F32(data) => from_f32(data, wanted),
        Data::F16(data) => {
            let data: Vec<f32> = data.iter().map(|x| x.to_f32()).collect();
            from_f32(&data, wanted)
        }
        // The imaginary part goes.
        Data::C64(data) if wanted == DType::Complex64 => Some(Data::C64(data.clone())),
        Data::C64(data) => from_f32(&data.iter().map(|z| z[0]).collect::<Vec<_>>(), wanted),
        other => {
            let data = Value {
                shape: value.shape.clone(),
                data: other.clone(),
            };
            data.to_i64().and_then(|data| from_int(&data, wanted))
        }
    };
    let data = data.ok_or_else(|| {
        Error::new(
            call.place(),
            Problem::UnsupportedType(format!("it makes {wanted} of {}", value.dtype())),
            "cast between float32, float16, complex64, integers of 8 to 64 bits and bool",
        )
    })?;
    Ok(vec![Value {
        shape: value.shape.clone(),
        data,
    }])
}
