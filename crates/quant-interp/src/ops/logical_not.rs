//! LOGICAL_NOT: not x.

use super::support::elementwise;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::Result;
use quant_ir::value::{Data, Value};

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::LOGICAL_NOT,
    name: "LogicalNot",
    inputs: (1, 1),
    shape: elementwise::same_shape,
    eval,
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
