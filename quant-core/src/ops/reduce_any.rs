//! REDUCE_ANY: whether any element along some axes is true.

use super::rule::ConstInputs;
use super::support::reduce;
use super::{Call, OpDef, Rule};
use crate::error::{Error, Result};
use crate::ir::Builtin;
use crate::value::{Data, Value};

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::REDUCE_ANY,
    name: "ReduceAny",
    options: reduce::read_recipe,
    shape: reduce::shape,
    eval,
    rule: Rule {
        known: true,
        const_inputs: ConstInputs::Own(&[0]),
        ..Rule::NONE
    },
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let shape = reduce::shape(call)?.swap_remove(0);
    let input = call.input(0)?;
    let Data::Bool(data) = &input.data else {
        return Err(Error::invalid(
            call.place(),
            format!("input 0 is {}, not bool", input.dtype()),
            "compare first",
        ));
    };
    let any = reduce::fold(&input.shape, &reduce::reduced(call)?, data, false, |a, b| a || b);
    Ok(vec![Value {
        shape,
        data: Data::Bool(any),
    }])
}
