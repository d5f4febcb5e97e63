//! LSTM and SVDF: their states, and what LSTM keeps between its steps (`prepare_quantize_lstm.h`).

use quant_ir::TensorId;

use super::facts::Facts;
use super::params::{Params, activation, cell, int16_scale};
use super::rules::Memory;
use crate::scheme::Why;

/// The number of the intermediate result that stands for the hidden state before the projection.
const HIDDEN: usize = 4;

/// Why an operator whose operands and results all have parameters stays float nevertheless.
pub fn unfit(facts: &Facts<'_>, op: usize, memory: Memory) -> Option<Why> {
    if memory == Memory::Svdf {
        return None;
    }
    let operator = &facts.graph().operators()[op];
    if operator.input(18).is_none() || operator.input(19).is_none() {
        return Some(Why::Unsafe("its states are missing"));
    }
    if !facts.options.compat && cuts_peepholes(facts, op) {
        return Some(Why::Unsafe(
            "8-bit kernels take as many peephole weights as there are projected values, not as there are cells",
        ));
    }
    let complete = wanted(facts, op).all(|(_, id)| id.is_some_and(|id| facts.range(id).is_some()));
    (!complete).then_some(Why::Unsafe(
        "its intermediate results have no recorded ranges, or no tensors to keep them in",
    ))
}

/// Whether an LSTM with peepholes has another number of cells than of outputs.
fn cuts_peepholes(facts: &Facts<'_>, op: usize) -> bool {
    let operator = &facts.graph().operators()[op];
    let size = |at: usize| operator.input(at).map(|id| facts.graph().tensor(id).shape.last());
    (9..=11).any(|at| operator.input(at).is_some()) && size(18) != size(19)
}

/// The intermediate results that get parameters.
fn wanted(facts: &Facts<'_>, op: usize) -> impl Iterator<Item = (usize, Option<TensorId>)> {
    let operator = &facts.graph().operators()[op];
    let normalized = (20..24).any(|at| operator.input(at).is_some());
    let from = if normalized { 0 } else { HIDDEN };
    (from..=HIDDEN).map(move |at| (at, facts.intermediate(op, at)))
}

/// The tensors of intermediate results that get parameters, where the result has these.
pub fn intermediates(facts: &Facts<'_>, op: usize, result: Option<Params>) -> Vec<(TensorId, Params)> {
    let each = wanted(facts, op).filter_map(|(at, id)| {
        let id = id?;
        let params = if at == HIDDEN {
            hidden(facts, op, result)?
        } else {
            sixteen(facts.range(id)?)
        };
        Some((id, params))
    });
    each.collect()
}

/// The hidden state before the projection.
///
/// Kernels take the zero point of a hidden state that is projected with the other sign, and cut off what the mirrored range
/// does not hold; without a projection they take the hidden state for the result. So, unless `compat`, it is symmetric, or has
/// the result's parameters.
pub fn hidden(facts: &Facts<'_>, op: usize, result: Option<Params>) -> Option<Params> {
    let (min, max) = facts.range(facts.intermediate(op, HIDDEN)?)?;
    if facts.options.compat {
        return Some(activation(min, max));
    }
    if facts.graph().operators()[op].input(16).is_none() {
        return result;
    }
    let largest = min.abs().max(max.abs());
    Some(Params::int8(
        if largest == 0.0 { 1.0 } else { largest / 127.0 },
        0,
    ))
}

fn sixteen((min, max): (f32, f32)) -> Params {
    Params::int16(int16_scale(min.abs().max(max.abs())))
}

/// The cell state of LSTM.
pub fn cell_state(facts: &Facts<'_>, id: TensorId) -> Option<Params> {
    let (min, max) = facts.range(id)?;
    Some(cell(min, max, facts.options.compat))
}

/// The state of SVDF.
pub fn filter_state(facts: &Facts<'_>, id: TensorId) -> Option<Params> {
    facts.range(id).map(sixteen)
}
