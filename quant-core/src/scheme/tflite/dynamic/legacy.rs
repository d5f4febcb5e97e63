//! The older quantizer. It makes integers of every large constant that its list names, and sets a DEQUANTIZE before whoever
//! cannot read them.

use std::collections::BTreeMap;

use quant_ir::error::Result;
use quant_ir::{Builtin, DType, FreeNames, Graph, Model, Operator, TensorId};

use super::super::common::cast;
use super::super::{Options, Why};
use super::copies::Dequantized;
use super::params::{self, Formulas};
use super::rules::{self, LEGACY, Reads};
use super::state::{State, is_large, keeps, outputs};

/// A constant that becomes integers.
#[derive(Clone, Copy, Debug)]
struct Weights {
    /// The tensor of the integers.
    integers: TensorId,
    /// The dimension of their channels.
    axis: Option<usize>,
}

/// The constants of a graph that become integers, and the operators that were asked to read floats.
struct Plan {
    weights: BTreeMap<TensorId, Weights>,
    asked: Vec<bool>,
}

/// Quantizes the weights of a graph.
///
/// # Errors
/// As [`super::quantize_legacy`].
pub fn graph(model: &mut Model, number: usize, options: &Options, state: &mut State) -> Result<()> {
    let mut plan = Plan::of(model, number, options, state);
    let mut names = FreeNames::of(&model.graphs()[number]);
    let copies = plan.copies(model, number, state, &mut names);
    for weights in plan.weights.values() {
        let coding = (weights.axis, Formulas::Legacy);
        params::store(model, (number, weights.integers), coding, &mut state.integers)?;
    }
    versions(&model.graphs()[number], options, state);
    let passed = plan.passed(&model.graphs()[number]);
    let graph = &mut model.graphs_mut()[number];
    let mut floats = Dequantized::default();
    // Integers that come out of operators that copy, by the float tensor.
    let mut made: BTreeMap<TensorId, Weights> = BTreeMap::new();
    for (index, mut op) in graph.take_operators().into_iter().enumerate() {
        let whole = op.clone();
        let reads_weights = weights(&op).any(|(_, id)| plan.weights.contains_key(&id));
        for (input, read) in op.inputs.iter_mut().enumerate() {
            let Some(id) = *read else { continue };
            if plan.asked[index] {
                *read = Some(copies.get(&id).copied().unwrap_or(id));
                continue;
            }
            let known = plan.weights.get(&id).or_else(|| made.get(&id));
            let Some(weights) = known.copied() else { continue };
            let integers = weights.integers;
            if passed[index] || plan.is_hybrid(graph, (&whole, input), &made, options) {
                *read = Some(integers);
            } else if plan.weights.contains_key(&id) {
                let channels = weights.axis.is_some() && !options.compat;
                let float = floats.of(graph, &mut names, integers, channels)?;
                *read = Some(float);
            }
        }
        if reads_weights && !plan.asked[index] {
            rules::set_asymmetric(&mut op, !options.per_tensor);
        }
        if passed[index] {
            pass(graph, &mut names, op, options, &mut made)?;
        } else {
            graph.push(op)?;
        }
    }
    Ok(())
}

/// The weights that an operator has, by the list.
fn weights(op: &Operator) -> impl Iterator<Item = (usize, TensorId)> {
    let listed = rules::of(LEGACY, op.code.builtin).map_or(&[][..], |rule| rule.weights);
    listed
        .iter()
        .filter_map(|input| Some((*input, op.input(*input)?)))
}

/// Versions follow the kind of the operators alone.
fn versions(graph: &Graph, options: &Options, state: &mut State) {
    for op in graph.operators() {
        let rule = rules::of(LEGACY, op.code.builtin);
        let version = rule.map(|rule| {
            if options.per_tensor {
                rule.versions.1
            } else {
                rule.versions.0
            }
        });
        match version.filter(|version| *version > 0) {
            Some(version) if options.compat => state.versions.set(op.code.builtin, version),
            Some(version) => state.versions.raise(op.code.builtin, version),
            None => {}
        }
    }
}

/// Puts back an operator that copies integers, with a DEQUANTIZE behind it. In the original the integers have the name of
/// the result, be it an output of the graph.
fn pass(
    graph: &mut Graph,
    names: &mut FreeNames,
    mut op: Operator,
    options: &Options,
    made: &mut BTreeMap<TensorId, Weights>,
) -> Result<()> {
    let float = op.outputs[0];
    let table = op.inputs.iter().flatten().map(|id| graph.tensor(*id));
    let quant = table
        .filter(|table| table.dtype == DType::Int8)
        .find_map(|table| table.quant.clone());
    let name = graph.tensor(float).name.clone();
    let integers = cast::tensor(graph, names, float, &format!("{name}_int8"), DType::Int8, quant);
    if options.compat {
        names.give_back(&graph.tensor(integers).name);
        graph.tensor_mut(float).name = names.take(&format!("{name}_dequantize"));
        graph.tensor_mut(integers).name = name;
    }
    op.outputs[0] = integers;
    graph.push(op)?;
    graph.push(cast::operator(Builtin::DEQUANTIZE, 2, integers, float))?;
    made.insert(float, Weights { integers, axis: None });
    Ok(())
}

impl Plan {
    fn of(model: &Model, number: usize, options: &Options, state: &mut State) -> Self {
        let mut plan = Self {
            weights: BTreeMap::new(),
            asked: Vec::new(),
        };
        for (index, op) in model.graphs()[number].operators().iter().enumerate() {
            let asked = options.stays_float(op.code.builtin, &outputs(model, number, index));
            plan.asked.push(asked);
            let large = weights(op).filter(|(_, id)| is_large(model, number, *id));
            let large: Vec<TensorId> = large.map(|(_, id)| id).collect();
            if asked && !large.is_empty() {
                state.kept.push(keeps(model, number, index, Why::Asked));
            }
            for id in large.into_iter().filter(|_| !asked) {
                let axis = axis(op, options);
                plan.weights.entry(id).or_insert(Weights { integers: id, axis });
            }
        }
        plan
    }

    /// Gives constants a second tensor: one of integers where the first is an output of the graph, and one of floats where
    /// an operator was asked to read floats. Returns the latter.
    fn copies(
        &mut self,
        model: &mut Model,
        number: usize,
        state: &mut State,
        names: &mut FreeNames,
    ) -> BTreeMap<TensorId, TensorId> {
        let graph = &mut model.graphs_mut()[number];
        let mut copy = |graph: &mut Graph, id: TensorId, suffix: &str| {
            let mut copy = graph.tensor(id).clone();
            copy.name = names.take(&format!("{}_{suffix}", copy.name));
            state.integers.add(copy.buffer);
            graph.add_tensor(copy)
        };
        for (id, weights) in &mut self.weights {
            if graph.is_output(*id) {
                weights.integers = copy(graph, *id, "int8");
            }
        }
        let mut floats = BTreeMap::new();
        for (index, _) in self.asked.iter().enumerate().filter(|(_, asked)| **asked) {
            let read: Vec<TensorId> = graph.operators()[index]
                .inputs
                .iter()
                .flatten()
                .copied()
                .collect();
            for id in read {
                let known = self.weights.get(&id).filter(|weights| weights.integers == id);
                if known.is_some() && !floats.contains_key(&id) {
                    floats.insert(id, copy(graph, id, "float"));
                }
            }
        }
        floats
    }

    /// For each operator, whether it copies the integers of a table that nobody else reads.
    fn passed(&self, graph: &Graph) -> Vec<bool> {
        let passes = |(index, op): (usize, &Operator)| {
            let rule = rules::of(LEGACY, op.code.builtin).filter(|rule| rule.reads == Reads::Copies);
            let table = rule.and_then(|rule| op.input(rule.weights[0]));
            let alone =
                table.filter(|table| graph.readers(*table).len() == 1 && self.weights.contains_key(table));
            alone.is_some() && op.outputs.len() == 1 && !self.asked[index]
        };
        graph.operators().iter().enumerate().map(passes).collect()
    }

    /// Whether an operator computes with the integers of an operand, and all its weights are integers.
    fn is_hybrid(
        &self,
        graph: &Graph,
        (op, input): (&Operator, usize),
        made: &BTreeMap<TensorId, Weights>,
        options: &Options,
    ) -> bool {
        let depthwise = op.code.builtin == Builtin::DEPTHWISE_CONV_2D;
        let channels = depthwise || (!options.compat && rules::needs_channels(graph, op));
        let hybrid = rules::has_kernel(op) && !(channels && options.per_tensor);
        let rule = rules::of(LEGACY, op.code.builtin).filter(|rule| rule.reads == Reads::Hybrid && hybrid);
        let Some(rule) = rule.filter(|rule| rule.weights.contains(&input)) else {
            return false;
        };
        let wanted = axis(op, options);
        weights(op).all(|(_, id)| {
            let known = self.weights.get(&id).or_else(|| made.get(&id));
            // Whichever operator came first has decided where the channels are.
            known.is_some_and(|known| options.compat || known.axis == wanted)
        }) && !rule.weights.is_empty()
    }
}

/// The dimension of the channels of an operator's weights.
fn axis(op: &Operator, options: &Options) -> Option<usize> {
    let rule = rules::of(LEGACY, op.code.builtin);
    rule.and_then(|rule| rule.axis).filter(|_| !options.per_tensor)
}
