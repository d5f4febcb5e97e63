//! VAR_HANDLE: the handle of a resource variable, an int32 that other operators look it up by.

use super::support::options;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::Result;
use quant_ir::value::{Data, Value};

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::VAR_HANDLE,
    name: "VarHandle",
    inputs: (0, 0),
    shape: |_| Ok(Vec::new()),
    eval,
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
