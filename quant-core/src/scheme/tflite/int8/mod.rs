//! TensorFlow's MLIR int8 quantizer: what its converter does by default with a representative dataset.
//!
//! 8-bit activations with a zero point, 8-bit filters with a scale for each output channel, 32-bit biases. Operators without
//! a rule stay float, between DEQUANTIZE and QUANTIZE.
//!
//! Steps, in the original's order: which recorded ranges count (`records`); how parameters spread (`spread`); which
//! operators are quantized, and what of it goes again (`plan`, `fold`); integers of constants (`code`, `bias`); the graph
//! ([`write`]).

mod bias;
mod code;
mod coder;
mod facts;
mod fold;
mod measure;
mod memory;
pub(super) mod params;
mod plan;
mod records;
mod rules;
mod sound;
mod spread;
mod stored;
#[cfg(test)]
mod tests;
mod versions;
mod write;

use std::collections::BTreeSet;

use quant_ir::error::Result;
use quant_ir::{DType, Model, OpId, TensorId};

use super::Options;
use super::common::{strict, zero_bias};
use crate::scheme::{Kept, Why};
use crate::{fold as constants, profile};
use facts::{Facts, Role};
use params::Params;
use stored::Stored;
use write::Writing;

/// Quantizes every graph of a float model by the ranges that its tensors have. Graphs that operators call stay float.
/// Returns the operators that stay float although they compute with floats.
///
/// # Errors
/// No recorded ranges, or such that are none; a model that is quantized already; an interface of other types than float32,
/// int8 and uint8; with `strict`, operators that stay float. The model is then as it was.
pub fn quantize(model: &mut Model, options: &Options) -> Result<Vec<Kept>> {
    let mut work = model.clone();
    let mut kept = Vec::new();
    profile::keeping(&mut work, |work| {
        kept = run(work, options)?;
        Ok(())
    })?;
    *model = work;
    Ok(kept)
}

fn run(model: &mut Model, options: &Options) -> Result<Vec<Kept>> {
    sound::interface(options)?;
    let numbers = sound::numbers(model);
    constants::constants(model)?;
    sound::check(model)?;
    if !options.compat {
        zero_bias::add(model)?;
    }
    let mut kept = Vec::new();
    let mut stored = Stored::of(model);
    let called = sound::called(model);
    for number in 0..model.graphs().len() {
        let found = if called.contains(&number) {
            stays(model, number)
        } else {
            graph(model, number, &mut stored, options)?
        };
        kept.extend(found);
    }
    for one in kept.iter_mut().filter(|one| one.graph == 0) {
        one.operator = numbers.get(one.operator).copied().unwrap_or(one.operator);
    }
    if options.strict {
        strict::check(&kept)?;
    }
    versions::share(model);
    sound::forget_ranges(model);
    model.compact();
    Ok(kept)
}

/// Quantizes one graph.
fn graph(model: &mut Model, number: usize, stored: &mut Stored, options: &Options) -> Result<Vec<Kept>> {
    let facts = Facts::of(model, number, options);
    let measured = measure::measure(&facts)?;
    let tables = measure::tables(&facts, &measured);
    let spread = spread::spread(&facts, &records::kept(&facts), &tables);
    let plan = plan::plan(&facts, &measured, spread);
    let kept = plan
        .kept
        .iter()
        .map(|(op, why)| facts.kept(*op, why.clone()))
        .collect();
    let constants = code::constants(&facts, &measured, &plan)?;
    let mut gone = vec![false; plan.quantized.len()];
    plan.fused.values().for_each(|(op, ..)| gone[*op] = true);
    let writing = Writing {
        states: states(&facts, &plan),
        versions: versions::of(&facts, &plan, &constants),
        gone,
        float_constants: float_constants(&facts, &plan),
        interface: (options.input, options.output),
        plan,
        constants,
    };
    let moved = write::write(model, number, stored, &writing)?;
    if !moved.is_empty() {
        model.redirect_signatures_of(number, |id| moved.get(&id).copied().unwrap_or(id));
    }
    Ok(kept)
}

/// The float operators of a graph that others call.
fn stays(model: &Model, number: usize) -> Vec<Kept> {
    let options = Options::default();
    let facts = Facts::of(model, number, &options);
    let computes = |op: &usize| {
        let float = facts.operands(*op).any(|(_, id)| facts.is_value(id));
        float || facts.results(*op).next().is_some()
    };
    let why = Why::Unsafe("it stands in a graph that other operators call, where nothing is recorded");
    let operators = (0..facts.rules.len()).filter(computes);
    operators.map(|op| facts.kept(op, why.clone())).collect()
}

/// States and intermediate results of quantized operators.
fn states(facts: &Facts<'_>, plan: &plan::Plan) -> Vec<(TensorId, Params)> {
    let mut states = Vec::new();
    for (op, rule) in facts.rules.iter().enumerate() {
        let Some(rule) = rule.filter(|rule| plan.quantized[op] && rule.memory.is_some()) else {
            continue;
        };
        let result = facts.results(op).next().and_then(|id| plan.params[id.0]);
        for (at, id) in facts.operands(op) {
            let params = match facts.role(op, &rule, at) {
                Role::Output => result,
                Role::Cell => memory::cell_state(facts, id),
                Role::State => memory::filter_state(facts, id),
                _ => None,
            };
            states.extend(params.map(|params| (id, params)));
        }
        if rule.memory == Some(rules::Memory::Lstm) {
            states.extend(memory::intermediates(facts, op, result));
        }
    }
    states
}

/// Constants that float operators read, or callers.
fn float_constants(facts: &Facts<'_>, plan: &plan::Plan) -> Vec<bool> {
    let graph = facts.graph();
    let quantized = |op: &OpId| plan.quantized[op.0];
    let signatures = facts.model.signatures().into_iter().flatten();
    let signatures = signatures.filter(|signature| signature.subgraph as usize == facts.number);
    let entries = signatures.flat_map(|signature| signature.inputs.iter().chain(&signature.outputs));
    let named: BTreeSet<usize> = entries.map(|entry| entry.tensor as usize).collect();
    let float = |id: TensorId| {
        graph.tensor(id).dtype == DType::Float32
            && (graph.is_output(id) || named.contains(&id.0) || !graph.readers(id).iter().all(quantized))
    };
    graph.ids().map(float).collect()
}
