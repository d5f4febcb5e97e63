//! CALL_ONCE: a graph that gives variables their first values, once a run.

use super::support::options;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::Result;
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::CALL_ONCE,
    name: "CallOnce",
    inputs: (0, 0),
    shape: |_| Ok(Vec::new()),
    eval,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let options = options::read!(call, CallOnceOptions);
    call.run.call_once(&call.place(), options.init_subgraph_index)?;
    Ok(Vec::new())
}
