//! CALL_ONCE: a graph that gives variables their first values, once a run.

use quant_case::recipe::Operation;

use super::support::options;
use super::{Call, OpDef, Rule};
use crate::error::Result;
use crate::ir::{Builtin, Options};
use crate::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::CALL_ONCE,
    name: "CallOnce",
    options: read_recipe,
    shape: |_| Ok(Vec::new()),
    eval,
    rule: Rule::NONE,
};

fn read_recipe(op: &Operation) -> Result<Options> {
    options::write!(CallOnceOptions: CallOnceOptionsT {
        init_subgraph_index: options::int(op, "init_subgraph_index")?,
    })
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let options = options::read!(call, CallOnceOptions);
    call.run.call_once(&call.place(), options.init_subgraph_index)?;
    Ok(Vec::new())
}
