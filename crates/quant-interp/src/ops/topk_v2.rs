//! TOPK_V2: the largest elements of each row and their indices; input 1 says how many.

use std::cmp::Ordering;

use super::support::{elementwise, places};
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::{Data, Value};

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::TOPK_V2,
    name: "TopKV2",
    inputs: (2, 2),
    shape,
    eval,
};

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let (mut shape, k) = (call.input(0)?.shape.clone(), call.int(1)?);
    let count = usize::try_from(k).ok();
    match (shape.last_mut(), count) {
        (Some(last), Some(k)) if k <= *last => *last = k,
        _ => {
            return Err(Error::new(
                call.place(),
                Problem::Operand(format!("the {k} largest of rows of shape {shape:?}")),
                "ask for no more elements than a row has",
            ));
        }
    }
    Ok(vec![shape.clone(), shape])
}

/// The order of two elements. NaN comes before all others, so that the order is total.
fn compare(data: &Data, a: usize, b: usize) -> Ordering {
    match data {
        Data::F32(x) => x[a]
            .partial_cmp(&x[b])
            .unwrap_or_else(|| x[b].is_nan().cmp(&x[a].is_nan())),
        Data::F16(x) => x[a]
            .partial_cmp(&x[b])
            .unwrap_or_else(|| x[b].is_nan().cmp(&x[a].is_nan())),
        Data::I32(x) => x[a].cmp(&x[b]),
        Data::I64(x) => x[a].cmp(&x[b]),
        Data::I16(x) => x[a].cmp(&x[b]),
        Data::I8(x) => x[a].cmp(&x[b]),
        Data::U8(x) => x[a].cmp(&x[b]),
        Data::Bool(x) => x[a].cmp(&x[b]),
        Data::C64(_) => Ordering::Equal,
    }
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let (value, shape) = (call.input(0)?, shape(call)?.swap_remove(0));
    let (mut places, mut indices) = (Vec::new(), Vec::new());
    if matches!(value.data, Data::C64(_)) {
        return Err(elementwise::wrong_type(call, "numbers that have an order"));
    }
    if let (false, Some(&k), Some(&size)) = (shape.contains(&0), shape.last(), value.shape.last()) {
        for row in 0..value.len() / size {
            let mut order: Vec<usize> = (row * size..(row + 1) * size).collect();
            // Stable: of equal elements the first comes first.
            order.sort_by(|a, b| compare(&value.data, *b, *a));
            order.truncate(k);
            indices.extend(order.iter().map(|at| (at - row * size) as i32));
            places.extend(order);
        }
    }
    let largest = places::moved(value, shape.clone(), places);
    let data = Data::I32(indices);
    Ok(vec![largest, Value { shape, data }])
}
