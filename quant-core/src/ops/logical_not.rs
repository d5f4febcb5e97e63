//! LOGICAL_NOT: not x.

use super::rule::ConstInputs;
use super::support::{elementwise, options};
use super::{Call, OpDef, Rule};
use crate::error::Result;
use crate::ir::Builtin;
use crate::value::{Data, Value};

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::LOGICAL_NOT,
    name: "LogicalNot",
    options: options::none,
    shape: elementwise::same_shape,
    eval,
    rule: Rule {
        known: true,
        const_inputs: ConstInputs::Skip,
        ..Rule::NONE
    },
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let value = call.input(0)?;
    let Data::Bool(data) = &value.data else {
        return Err(elementwise::wrong_type(call, "bool"));
    };
    Ok(vec![Value {
        shape: value.shape.clone(),
        data: Data::Bool(data.iter().map(|x| !x).collect()),
    }])
}
