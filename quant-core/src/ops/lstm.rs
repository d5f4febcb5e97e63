//! LSTM: one step of long short-term memory ([`lstm`]), with the states in variables.

use quant_case::recipe::Operation;
use quant_schema::LSTMKernelType;

use super::support::lstm::{self, Params, Sizes};
use super::support::options;
use super::{Call, OpDef, Rule};
use crate::error::{Error, Result};
use crate::ir::{Builtin, Options};
use crate::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::LSTM,
    name: "LSTM",
    options: read_recipe,
    shape: |call| Ok(vec![sizes(call)?.shape]),
    eval,
    rule: Rule::NONE,
};

fn read_recipe(op: &Operation) -> Result<Options> {
    options::write!(LSTMOptions: LSTMOptionsT {
        fused_activation_function: options::activation(op)?,
        cell_clip: options::float(op, "cell_clip")?,
        proj_clip: options::float(op, "proj_clip")?,
    })
}

fn sizes(call: &Call<'_>) -> Result<Sizes> {
    if options::read!(call, LSTMOptions).kernel_type != LSTMKernelType::FULL {
        return Err(Error::unsupported(
            call.place(),
            "the basic kernel (five inputs, the state as an output) has no kernel here",
            "convert to the full one, with gates and states as inputs of their own",
        ));
    }
    Sizes::of(call, 2, true)
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let options = options::read!(call, LSTMOptions);
    let params = Params {
        activation: options.fused_activation_function,
        cell_clip: options.cell_clip,
        proj_clip: options.proj_clip,
    };
    lstm::run(call, &sizes(call)?, &params)
}
