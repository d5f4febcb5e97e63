//! IF: one of two graphs, by a condition.

use super::support::options;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::value::{Data, Value};

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::IF,
    name: "If",
    inputs: (1, usize::MAX),
    shape: |_| Ok(Vec::new()),
    eval,
};

/// The one truth value of a condition.
pub fn truth(value: &Value, place: &Place) -> Result<bool> {
    match &value.data {
        Data::Bool(data) if data.len() == 1 => Ok(data[0]),
        _ => Err(Error::new(
            place,
            Problem::Type(format!(
                "its condition is {} of shape {:?}",
                value.dtype(),
                value.shape
            )),
            "give one bool",
        )),
    }
}

/// Checks that a graph makes as many values as the operator.
pub fn outputs(call: &Call<'_>, made: Vec<Value>) -> Result<Vec<Value>> {
    if made.len() == call.op.outputs.len() {
        return Ok(made);
    }
    Err(Error::new(
        call.place(),
        Problem::Count(format!(
            "its graph makes {} values for {} outputs",
            made.len(),
            call.op.outputs.len()
        )),
        "convert the model again",
    ))
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let options = options::read!(call, IfOptions);
    let place = call.place();
    let graph = if truth(call.input(0)?, &place)? {
        options.then_subgraph_index
    } else {
        options.else_subgraph_index
    };
    let inputs = (1..call.inputs.len()).map(|at| call.input(at).cloned());
    let inputs = inputs.collect::<Result<Vec<_>>>()?;
    outputs(call, call.run.call(&place, graph, &inputs)?)
}
