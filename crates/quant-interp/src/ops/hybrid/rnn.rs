//! RNN and UNIDIRECTIONAL_SEQUENCE_RNN: products by integers, the rest in floats.
//!
//! Inputs and the last output become integers in each step, a row for each batch.

use super::fully_connected::accumulate;
use super::input;
use super::weights::Weights;
use crate::ops::Call;
use crate::ops::integer::profile::Profile;
use crate::ops::support::options;
use crate::ops::support::rnn::{Sizes, input as at};
use quant_ir::error::Result;
use quant_ir::value::Value;
use quant_schema::ActivationFunctionType as Activation;

/// One step over a batch.
pub fn step(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let options = options::read!(call, RNNOptions);
    let sizes = Sizes::of(call, 2, true)?;
    let asymmetric = options.asymmetric_quantize_inputs;
    run(call, &sizes, options.fused_activation_function, asymmetric)
}

/// All steps of a sequence.
pub fn sequence(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let options = options::read!(call, SequenceRNNOptions);
    let sizes = Sizes::of(call, 3, options.time_major)?;
    let asymmetric = options.asymmetric_quantize_inputs;
    run(call, &sizes, options.fused_activation_function, asymmetric)
}

fn run(call: &Call<'_>, sizes: &Sizes, function: Activation, asymmetric: bool) -> Result<Vec<Value>> {
    let &Sizes { inputs, units, .. } = sizes;
    let weights = Weights::of_one_scale(call, at::WEIGHTS)?;
    let recurrent = Weights::of_one_scale(call, at::RECURRENT)?;
    let bias = call.f32(at::BIAS)?.1;
    sizes.each_step(input::finite(call, 0)?.1, call.f32(at::STATE)?.1, |x, state| {
        let mut made: Vec<f32> = bias.iter().copied().cycle().take(state.len()).collect();
        for (weights, k, values) in [(&weights, inputs, x), (&recurrent, units, &*state)] {
            if let Some(rows) = input::handed_on(call, values, k, asymmetric)? {
                accumulate(k, weights, &rows, &mut made);
            }
        }
        input::activate(call, function, &mut made)?;
        state.copy_from_slice(&made);
        Ok(())
    })
}
