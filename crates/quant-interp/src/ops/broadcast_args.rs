//! BROADCAST_ARGS: the shape to which two shapes, given as lists of numbers, broadcast.

use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::{Data, Value};

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::BROADCAST_ARGS,
    name: "BroadcastArgs",
    inputs: (2, 2),
    shape,
    eval,
};

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    match (call.input(0)?.shape.as_slice(), call.input(1)?.shape.as_slice()) {
        (&[a], &[b]) => Ok(vec![vec![a.max(b)]]),
        (a, b) => Err(Error::new(
            call.place(),
            Problem::Shape(format!("inputs of shapes {a:?} and {b:?}")),
            "give two shapes as lists of one dimension",
        )),
    }
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let shape = shape(call)?.swap_remove(0);
    let data = match (&call.input(0)?.data, &call.input(1)?.data) {
        (Data::I32(a), Data::I32(b)) => Data::I32(both(call, a, b, 1)?),
        (Data::I64(a), Data::I64(b)) => Data::I64(both(call, a, b, 1)?),
        _ => {
            return Err(Error::new(
                call.place(),
                Problem::Type("its inputs are not both int32 or both int64".into()),
                "give two shapes of one type",
            ));
        }
    };
    Ok(vec![Value { shape, data }])
}

/// Dimension by dimension from the last: the one that is not 1, and both where they are equal.
fn both<T: Copy + PartialEq + std::fmt::Debug>(call: &Call<'_>, a: &[T], b: &[T], one: T) -> Result<Vec<T>> {
    let rank = a.len().max(b.len());
    let dim = |shape: &[T], at: usize| (at + shape.len()).checked_sub(rank).map_or(one, |at| shape[at]);
    let dims = (0..rank).map(|at| match (dim(a, at), dim(b, at)) {
        (a, b) if a == b || b == one => Some(a),
        (a, b) if a == one => Some(b),
        _ => None,
    });
    dims.collect::<Option<_>>().ok_or_else(|| {
        Error::new(
            call.place(),
            Problem::Shape(format!("shapes {a:?} and {b:?} do not broadcast")),
            "make each dimension 1 or equal, counted from the last",
        )
    })
}
