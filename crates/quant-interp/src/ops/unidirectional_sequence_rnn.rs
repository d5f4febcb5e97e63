//! UNIDIRECTIONAL_SEQUENCE_RNN: a plain recurrent network over the steps of a sequence ([`rnn`]).

use super::support::options;
use super::support::rnn::{self, Sizes};
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::Result;
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::UNIDIRECTIONAL_SEQUENCE_RNN,
    name: "UnidirectionalSequenceRNN",
    inputs: (5, 5),
    shape: |call| {
        let options = options::read!(call, SequenceRNNOptions);
        Ok(vec![Sizes::of(call, 3, options.time_major)?.shape])
    },
    eval,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let options = options::read!(call, SequenceRNNOptions);
    let sizes = Sizes::of(call, 3, options.time_major)?;
    rnn::run(call, &sizes, options.fused_activation_function)
}
