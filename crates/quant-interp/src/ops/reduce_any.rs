//! REDUCE_ANY: whether any element along some axes is true.

use super::support::reduce;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::{Data, Value};

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::REDUCE_ANY,
    name: "ReduceAny",
    inputs: (2, 2),
    shape: reduce::shape,
    eval,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let shape = reduce::shape(call)?.swap_remove(0);
    let input = call.input(0)?;
    let Data::Bool(data) = &input.data else {
        return Err(Error::new(
            call.place(),
            Problem::InputType {
                index: 0,
                found: input.dtype(),
                expected: "bool",
            },
            "compare first",
        ));
    };
    let any = reduce::fold(&input.shape, &reduce::reduced(call)?, data, false, |a, b| a || b);
    Ok(vec![Value {
        shape,
        data: Data::Bool(any),
    }])
}
