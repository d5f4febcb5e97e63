//! `QuantizeIntermediateTensors`: what an LSTM computes on the way.

use quant_ir::error::Result;
use quant_ir::{DType, OpId, TensorId};

use super::params;
use super::recorded::recorded;
use super::work::Work;

/// Quantizes intermediate results: the gates behind layer normalization with 16 bits, the hidden state as an activation.
/// Without layer normalization no kernel asks for the former.
///
/// Kernels take the zero point of a hidden state that is projected with the other sign, and cut off what the mirrored range
/// does not hold: here it is symmetric.
///
/// # Errors
/// A range that is none.
pub fn run(work: &mut Work) -> Result<()> {
    for index in 0..work.plans.len() {
        let rule = work.plans[index].rule_even_if_float(work.options.compat);
        if rule.is_none_or(|rule| !rule.is_lstm()) {
            continue;
        }
        let op = work.graph().operator(OpId(index));
        let projected = op.input(16).is_some();
        let normalized = op.input(21).is_some();
        let numbers = op.intermediates.clone().unwrap_or_default();
        for (at, number) in numbers.into_iter().take(5).enumerate() {
            let id = usize::try_from(number)
                .ok()
                .filter(|id| *id < work.graph().tensors().len());
            let Some(id) = id.map(TensorId).filter(|id| recorded(work.tensor(*id)).is_some()) else {
                continue;
            };
            let (min, max) = work.range(id)?;
            if normalized && at < 4 {
                let scale = params::half_range(min, max) / params::INT16_MAX;
                work.set_type(id, DType::Int16, params::one(scale, 0));
            } else if at == 4 && projected && !work.options.compat {
                let scale = params::channel(params::half_range(min, max)).0;
                work.set_type(id, DType::Int8, params::one(scale, 0));
            } else {
                let quant = work.activation((min, max));
                work.set_type(id, work.activations, quant);
            }
        }
    }
    Ok(())
}
