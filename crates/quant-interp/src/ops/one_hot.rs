//! ONE_HOT: for each index a row of `off` with one `on`; inputs are indices, depth, on, off.

use super::concatenation::resolve;
use super::support::{options, places};
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::ONE_HOT,
    name: "OneHot",
    inputs: (4, 4),
    shape,
    eval,
};

fn axis(call: &Call<'_>) -> Result<usize> {
    let axis = options::read!(call, OneHotOptions).axis;
    resolve(axis.into(), call.input(0)?.shape.len() + 1, &call.place())
}

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let (on, off) = (call.input(2)?, call.input(3)?);
    if on.len() != 1 || off.len() != 1 || on.dtype() != off.dtype() {
        return Err(Error::new(
            call.place(),
            Problem::Type(format!(
                "on and off are {} of {:?} and {} of {:?}",
                on.dtype(),
                on.shape,
                off.dtype(),
                off.shape
            )),
            "give one element each, of one type",
        ));
    }
    let mut shape = call.input(0)?.shape.clone();
    let depth = places::dims(&[call.int(1)?], &call.place())?;
    shape.insert(axis(call)?, depth[0]);
    Ok(vec![shape])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let (axis, shape) = (axis(call)?, shape(call)?.swap_remove(0));
    let (indices, mut data) = (call.ints(0)?, call.input(2)?.data.clone());
    // The shape rule has compared the types.
    let _ = data.append(&call.input(3)?.data, 0..1);
    let mut places = Vec::new();
    if !shape.contains(&0) {
        let inner: usize = shape[axis + 1..].iter().product();
        for indices in indices.chunks_exact(inner) {
            for row in 0..shape[axis] {
                places.extend(indices.iter().map(|index| usize::from(*index != row as i64)));
            }
        }
    }
    let data = data.gather(places);
    Ok(vec![Value { shape, data }])
}
