//! RNN: one step of a plain recurrent network ([`rnn`]), with the state in a variable.

use super::support::options;
use super::support::rnn::{self, Sizes};
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::Result;
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::RNN,
    name: "RNN",
    inputs: (5, 5),
    shape: |call| Ok(vec![Sizes::of(call, 2, true)?.shape]),
    eval,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let options = options::read!(call, RNNOptions);
    rnn::run(
        call,
        &Sizes::of(call, 2, true)?,
        options.fused_activation_function,
    )
}
