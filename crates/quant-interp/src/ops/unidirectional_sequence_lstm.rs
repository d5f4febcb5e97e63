//! UNIDIRECTIONAL_SEQUENCE_LSTM: long short-term memory over the steps of a sequence ([`lstm`]).

use super::support::lstm::{self, Params, Sizes};
use super::support::options;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::UNIDIRECTIONAL_SEQUENCE_LSTM,
    name: "UnidirectionalSequenceLSTM",
    inputs: (20, 24),
    shape: |call| Ok(vec![sizes(call)?.shape]),
    eval,
};

fn sizes(call: &Call<'_>) -> Result<Sizes> {
    let options = options::read!(call, UnidirectionalSequenceLSTMOptions);
    if options.diagonal_recurrent_tensors {
        return Err(Error::new(
            call.place(),
            Problem::NoKernel("diagonal recurrent weights have no kernel".into()),
            "write them as square matrices",
        ));
    }
    Sizes::of(call, 3, options.time_major)
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let options = options::read!(call, UnidirectionalSequenceLSTMOptions);
    let params = Params {
        activation: options.fused_activation_function,
        cell_clip: options.cell_clip,
        proj_clip: options.proj_clip,
    };
    lstm::run(call, &sizes(call)?, &params)
}
