//! SHAPE: the dimensions of a value as a value.

use quant_schema::TensorType;

use super::support::options;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::{Data, Value};

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::SHAPE,
    name: "Shape",
    inputs: (1, 1),
    shape,
    eval,
};

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    Ok(vec![vec![call.input(0)?.shape.len()]])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let dims = call.input(0)?.shape.iter();
    let data = match options::read!(call, ShapeOptions).out_type {
        TensorType::INT32 => Data::I32(dims.map(|dim| *dim as i32).collect()),
        TensorType::INT64 => Data::I64(dims.map(|dim| *dim as i64).collect()),
        other => {
            return Err(Error::new(
                call.place(),
                Problem::Type(format!(
                    "its type {} holds no dimensions",
                    other.variant_name().unwrap_or("unknown")
                )),
                "give the option out_type: INT32 or INT64",
            ));
        }
    };
    let shape = shape(call)?.swap_remove(0);
    Ok(vec![Value { shape, data }])
}
