//! LSTM and SVDF: their states, and what LSTM keeps between its steps (`prepare_quantize_lstm.h`).

use quant_ir::TensorId;

use super::facts::Facts;
use super::params::{Params, activation, cell, int16_scale};
use super::rules::Memory;
use crate::scheme::Why;

/// How many intermediate results LSTM has.
const INTERMEDIATES: usize = 5;

/// The one that stands for the hidden state before the projection.
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
    let complete = wanted(facts, op).all(|(at, _)| {
        facts
            .intermediate(op, at)
            .is_some_and(|id| facts.range(id).is_some())
    });
    (!complete).then_some(Why::Unsafe(
        "its intermediate results have no recorded ranges, or no tensors to keep them in",
    ))
}

/// The parameters of a range.
type Formula = fn((f32, f32)) -> Params;

/// The intermediate results that get parameters, and how.
fn wanted(facts: &Facts<'_>, op: usize) -> impl Iterator<Item = (usize, Formula)> {
    let operator = &facts.graph().operators()[op];
    let normalized = (20..24).any(|at| operator.input(at).is_some());
    let gate = |(min, max): (f32, f32)| Params::int16(int16_scale(min.abs().max(max.abs())));
    let hidden = |(min, max): (f32, f32)| activation(min, max);
    let all: [Formula; INTERMEDIATES] = [gate, gate, gate, gate, hidden];
    let all = all.into_iter().enumerate();
    all.filter(move |(at, _)| *at == HIDDEN || normalized)
}

/// The tensors of intermediate results that get parameters.
pub fn intermediates(facts: &Facts<'_>, op: usize) -> Vec<(TensorId, Params)> {
    let each = wanted(facts, op).filter_map(|(at, params)| {
        let id = facts.intermediate(op, at)?;
        Some((id, params(facts.range(id)?)))
    });
    each.collect()
}

/// The scale of the hidden state before the projection.
pub fn hidden_scale(facts: &Facts<'_>, op: usize) -> Option<f32> {
    let range = facts.range(facts.intermediate(op, HIDDEN)?)?;
    Some(activation(range.0, range.1).scale)
}

/// The cell state of LSTM.
pub fn cell_state(facts: &Facts<'_>, id: TensorId) -> Option<Params> {
    let (min, max) = facts.range(id)?;
    Some(cell(min, max, facts.options.compat))
}

/// The state of SVDF.
pub fn filter_state(facts: &Facts<'_>, id: TensorId) -> Option<Params> {
    let (min, max) = facts.range(id)?;
    Some(Params::int16(int16_scale(min.abs().max(max.abs()))))
}
