//! LSTM: one step of long short-term memory ([`lstm`]), with the states in variables; or the basic kernel ([`basic`]).

use quant_schema::LSTMKernelType;

use super::support::lstm::{self, Params, Sizes, basic};
use super::support::options;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::Result;
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::LSTM,
    name: "LSTM",
    inputs: (5, 24),
    shape: |call| {
        if options::read!(call, LSTMOptions).kernel_type == LSTMKernelType::BASIC {
            return Ok(basic::Sizes::of(call)?.shapes());
        }
        Ok(vec![Sizes::of(call, 2, true)?.shape])
    },
    eval,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let options = options::read!(call, LSTMOptions);
    if options.kernel_type == LSTMKernelType::BASIC {
        return basic::run(call);
    }
    let params = Params {
        activation: options.fused_activation_function,
        cell_clip: options.cell_clip,
        proj_clip: options.proj_clip,
    };
    lstm::run(call, &Sizes::of(call, 2, true)?, &params)
}
