//! UNIDIRECTIONAL_SEQUENCE_LSTM: long short-term memory over the steps of a sequence ([`lstm`]).

use quant_case::recipe::Operation;

use super::support::lstm::{self, Params, Sizes};
use super::support::options;
use super::{Call, OpDef, Rule};
use crate::error::{Error, Result};
use crate::ir::{Builtin, Options};
use crate::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::UNIDIRECTIONAL_SEQUENCE_LSTM,
    name: "UnidirectionalSequenceLSTM",
    options: read_recipe,
    shape: |call| Ok(vec![sizes(call)?.shape]),
    eval,
    rule: Rule::NONE,
};

fn read_recipe(op: &Operation) -> Result<Options> {
    options::write!(UnidirectionalSequenceLSTMOptions: UnidirectionalSequenceLSTMOptionsT {
        fused_activation_function: options::activation(op)?,
        cell_clip: options::float(op, "cell_clip")?,
        proj_clip: options::float(op, "proj_clip")?,
        time_major: options::boolean(op, "time_major")?,
        asymmetric_quantize_inputs: options::boolean(op, "asymmetric_quantize_inputs")?,
    })
}

fn sizes(call: &Call<'_>) -> Result<Sizes> {
    let options = options::read!(call, UnidirectionalSequenceLSTMOptions);
    if options.diagonal_recurrent_tensors {
        return Err(Error::unsupported(
            call.place(),
            "diagonal recurrent weights have no kernel",
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
