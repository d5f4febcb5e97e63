//! WHERE: the indices of all elements that are not zero, one row each.

use super::support::places;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::Result;
use quant_ir::value::{Data, Value};

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::WHERE,
    name: "Where",
    inputs: (1, 1),
    shape,
    eval,
};

/// The elements that are not zero.
fn hits(data: &Data) -> Vec<usize> {
    fn nonzero<T: PartialEq + Default>(list: &[T]) -> Vec<usize> {
        (0..list.len()).filter(|at| list[*at] != T::default()).collect()
    }
    match data {
        Data::F32(x) => nonzero(x),
        Data::F16(x) => nonzero(x),
        Data::I32(x) => nonzero(x),
        Data::I64(x) => nonzero(x),
        Data::I16(x) => nonzero(x),
        Data::I8(x) => nonzero(x),
        Data::U8(x) => nonzero(x),
        Data::Bool(x) => nonzero(x),
        Data::C64(x) => nonzero(x),
    }
}

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let value = call.input(0)?;
    Ok(vec![vec![hits(&value.data).len(), value.shape.len()]])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let value = call.input(0)?;
    let (strides, hits) = (places::strides(&value.shape), hits(&value.data));
    let mut indices = Vec::with_capacity(hits.len() * strides.len());
    for hit in &hits {
        let pairs = strides.iter().zip(&value.shape);
        indices.extend(pairs.map(|(step, dim)| (hit / step % dim) as i64));
    }
    Ok(vec![Value {
        shape: vec![hits.len(), strides.len()],
        data: Data::I64(indices),
    }])
}
