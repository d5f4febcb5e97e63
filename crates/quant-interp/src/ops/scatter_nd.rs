//! SCATTER_ND: zeros, to which each row of indices (input 0) adds its part of the updates (input 1); input 2 is the shape.
//!
//! A place that several rows name has the sum of their updates; integers wrap, and of bools any is enough.

use super::support::{elementwise, places};
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::{Data, Value};

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::SCATTER_ND,
    name: "ScatterNd",
    inputs: (3, 3),
    shape,
    eval,
};

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let shape = places::dims(&call.ints(2)?, &call.place())?;
    let (indices, updates) = (&call.input(0)?.shape, &call.input(1)?.shape);
    let fits = |(depth, rows): (&usize, &[usize])| {
        shape
            .get(*depth..)
            .is_some_and(|part| *updates == [rows, part].concat())
    };
    if call.input(2)?.shape.len() != 1 || !indices.split_last().is_some_and(fits) {
        return Err(Error::new(
            call.place(),
            Problem::Shape(format!(
                "indices of shape {indices:?} and updates {updates:?} into shape {shape:?}"
            )),
            "give rows of leading indices, and for each an update of the dimensions that it leaves",
        ));
    }
    Ok(vec![shape])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let shape = shape(call)?.swap_remove(0);
    let total = shape.iter().product();
    let updates = call.input(1)?;
    let starts = starts(call, &shape, total)?;
    let data = match &updates.data {
        Data::F32(x) => Data::F32(scatter(x, &starts, total, |a, b| a + b).into()),
        Data::I32(x) => Data::I32(scatter(x, &starts, total, i32::wrapping_add)),
        Data::I64(x) => Data::I64(scatter(x, &starts, total, i64::wrapping_add)),
        Data::I8(x) => Data::I8(scatter(x, &starts, total, i8::wrapping_add)),
        Data::U8(x) => Data::U8(scatter(x, &starts, total, u8::wrapping_add)),
        Data::Bool(x) => Data::Bool(scatter(x, &starts, total, |a, b| a || b)),
        _ => {
            return Err(elementwise::wrong_type(
                call,
                "updates of float32, int32, int64, int8, uint8 or bool",
            ));
        }
    };
    Ok(vec![Value { shape, data }])
}

/// Where in the output the update of each row begins.
fn starts(call: &Call<'_>, shape: &[usize], total: usize) -> Result<Vec<usize>> {
    let depth = call.input(0)?.shape.last().copied().unwrap_or(0);
    if depth == 0 {
        // Each update is one of everything.
        let rows = call.input(1)?.len().checked_div(total).unwrap_or(0);
        return Ok(vec![0; rows]);
    }
    let (strides, place) = (places::strides(shape), call.place());
    let start = |row: &[i64]| {
        let mut start = 0usize;
        for (at, index) in row.iter().enumerate() {
            let index = places::index(*index, shape[at], &place)?;
            start = start.wrapping_add(index.wrapping_mul(strides[at]));
        }
        Ok(start)
    };
    call.ints(0)?.chunks_exact(depth).map(start).collect()
}

/// Adds the updates, one after the other.
fn scatter<T: Copy + Default>(
    updates: &[T],
    starts: &[usize],
    total: usize,
    add: impl Fn(T, T) -> T,
) -> Vec<T> {
    let mut out = vec![T::default(); total];
    if updates.is_empty() {
        return out;
    }
    for (start, update) in starts
        .iter()
        .zip(updates.chunks_exact(updates.len() / starts.len()))
    {
        for (out, x) in out[*start..].iter_mut().zip(update) {
            *out = add(*out, *x);
        }
    }
    out
}
