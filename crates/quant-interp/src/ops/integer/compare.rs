//! Comparisons: both sides are brought to 1/256, in integers.

use super::operands;
use super::profile::Profile;
use crate::ops::Call;
use crate::ops::support::broadcast;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::{Data, Value};
use quant_ir::{Builtin, DType};
use quant_numeric::fixed::Multiplier;

/// The kernel of all six.
pub fn eval(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let (a, b) = (operands::input(call, 0)?, operands::input(call, 1)?);
    // Which of two integers of 16 bits is larger, LiteRT finds without their scales.
    let equality = matches!(call.op.code.builtin, Builtin::EQUAL | Builtin::NOT_EQUAL);
    let plain = a.dtype == DType::Int16 && !equality;
    if !plain && (a.scale >= 1.0 || b.scale >= 1.0) {
        let problem = Problem::NoKernel("a scale of 1 and more cannot be compared in integers".into());
        return Err(Error::new(call.place(), problem, "leave it in float"));
    }
    let (by_a, by_b) = (
        Multiplier::of(f64::from(a.scale)),
        Multiplier::of(f64::from(b.scale)),
    );
    let (left, right) = (operands::integers(call, 0)?, operands::integers(call, 1)?);
    let (shape_a, shape_b) = (&call.input(0)?.shape, &call.input(1)?.shape);
    let shape = broadcast::shape(shape_a, shape_b, &call.place())?;
    let holds = |p: i32, q: i32| match call.op.code.builtin {
        Builtin::EQUAL => p == q,
        Builtin::NOT_EQUAL => p != q,
        Builtin::LESS => p < q,
        Builtin::LESS_EQUAL => p <= q,
        Builtin::GREATER => p > q,
        _ => p >= q,
    };
    let made = broadcast::combine((shape_a, &left), (shape_b, &right), &shape, |p: i32, q: i32| {
        if plain {
            return holds(p, q);
        }
        holds(by_a.times((p - a.zero) << 8), by_b.times((q - b.zero) << 8))
    });
    Ok(vec![Value {
        shape,
        data: Data::Bool(made),
    }])
}
