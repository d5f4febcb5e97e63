//! VAR_HANDLE: the handle of a resource variable, an int32 that other operators look it up by.

use super::support::options;
use super::{Call, OpDef, Rule};
use crate::error::Result;
use crate::ir::Builtin;
use crate::value::{Data, Value};

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::VAR_HANDLE,
    name: "VarHandle",
    options: options::none,
    shape: |_| Ok(Vec::new()),
    eval,
    rule: Rule::NONE,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let options = options::read!(call, VarHandleOptions);
    let container = options.container.unwrap_or_default();
    let handle = call
        .run
        .handle(&container, &options.shared_name.unwrap_or_default());
    Ok(vec![Value {
        shape: Vec::new(),
        data: Data::I32(vec![handle]),
    }])
}
