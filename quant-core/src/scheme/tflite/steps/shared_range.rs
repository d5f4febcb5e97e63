//! `QuantizeSharedRange`: the output of an LSTM and the state that it leaves have one range.

use quant_ir::error::Result;
use quant_ir::{DType, OpId};

use super::derived::hidden;
use super::params;
use super::recorded::recorded;
use super::work::{Work, activation};

/// Gives outputs and states of LSTM the parameters of the union of their ranges.
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
        let (Some(state), Some(output)) = (op.input(18), op.outputs.first().copied()) else {
            continue;
        };
        let both = [state, output];
        if both.iter().any(|id| recorded(work.tensor(*id)).is_none()) {
            continue;
        }
        let (a, b) = (work.range(state)?, work.range(output)?);
        let union = (a.0.min(b.0), a.1.max(b.1));
        let quant = activation(work.options, DType::Int8, union);
        // Kernels take the hidden state for the output where no projection stands between them.
        let hidden = if work.options.compat || op.input(16).is_some() {
            None
        } else {
            hidden(work, op)
        };
        for id in both.into_iter().chain(hidden) {
            work.set_type(id, DType::Int8, params::one(quant.scale[0], quant.zero_point[0]));
        }
    }
    Ok(())
}
