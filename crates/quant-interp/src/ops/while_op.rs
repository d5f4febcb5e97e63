//! WHILE: a graph runs on its own outputs as long as another says so.

use super::if_op::{outputs, truth};
use super::support::options;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::WHILE,
    name: "While",
    inputs: (1, usize::MAX),
    shape: |_| Ok(Vec::new()),
    eval,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let options = options::read!(call, WhileOptions);
    let place = call.place();
    let values = (0..call.inputs.len()).map(|at| call.input(at).cloned());
    let mut values = values.collect::<Result<Vec<_>>>()?;
    loop {
        let goes_on = call.run.call(&place, options.cond_subgraph_index, &values)?;
        let [goes_on] = goes_on.as_slice() else {
            return Err(Error::new(
                place,
                Problem::Count(format!("its condition makes {} values", goes_on.len())),
                "let it make one bool",
            ));
        };
        if !truth(goes_on, &place)? {
            return outputs(call, values);
        }
        call.run.iterate(&place)?;
        values = call.run.call(&place, options.body_subgraph_index, &values)?;
    }
}
