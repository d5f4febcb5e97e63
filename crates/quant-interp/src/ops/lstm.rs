//! LSTM: one step of long short-term memory ([`lstm`]), with the states in variables.

use quant_schema::LSTMKernelType;

use super::support::lstm::{self, Params, Sizes};
use super::support::options;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::LSTM,
    name: "LSTM",
    inputs: (20, 24),
    shape: |call| Ok(vec![sizes(call)?.shape]),
    eval,
};

fn sizes(call: &Call<'_>) -> Result<Sizes> {
    if options::read!(call, LSTMOptions).kernel_type != LSTMKernelType::FULL {
        return Err(Error::new(
            call.place(),
            Problem::NoKernel(
                "the basic kernel (five inputs, the state as an output) has no kernel here".into(),
            ),
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
