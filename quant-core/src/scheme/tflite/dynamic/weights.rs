//! The MLIR quantizer: which constants become integers for which operators, and the graph around them.

use quant_ir::error::Result;
use quant_ir::{Builtin, DType, FreeNames, Model, Operator, TensorId};

use super::super::common::twins;
use super::super::{Kept, Options, Why};
use super::copies::{Copying, Dequantized};
use super::params::{self, Formulas};
use super::rules::{self, MLIR, Reads, Rule};
use super::state::{State, is_large, keeps, outputs};

const SOME_ARE_SMALL: &str =
    "its kernel takes integers for all of its weights, or for none, and one has fewer than 1,024 elements";
const ONE_SCALE: &str = "its kernel needs a scale for each channel, so it reads floats of its integers";

/// An operand that becomes integers.
#[derive(Clone, Copy, Debug)]
struct Use {
    op: usize,
    input: usize,
    id: TensorId,
    axis: Option<usize>,
    reads: Reads,
}

/// What is done with a graph.
pub struct Plan {
    uses: Vec<Use>,
    /// Operators that copy integers, with what comes behind them.
    copying: Copying,
}

impl Plan {
    /// Looks for the weights of that graph; operators that keep theirs are told.
    pub fn of(model: &Model, graph: usize, options: &Options, kept: &mut Vec<Kept>) -> Self {
        let mut uses = Vec::new();
        for (number, op) in model.graphs()[graph].operators().iter().enumerate() {
            let Some(rule) = rules::of(MLIR, op.code.builtin).filter(|_| rules::has_kernel(op)) else {
                continue;
            };
            let large = large(model, graph, op, rule);
            if large.is_empty() {
                continue;
            }
            if options.stays_float(op.code.builtin, &outputs(model, graph, number)) {
                kept.push(keeps(model, graph, number, Why::Asked));
                continue;
            }
            // The original looks at the sizes of one operator alone.
            let whole = op.code.builtin == Builtin::UNIDIRECTIONAL_SEQUENCE_LSTM || !options.compat;
            if whole
                && rules::all_or_none(op.code.builtin)
                && has_float_besides(model, graph, op, rule, &large)
            {
                kept.push(keeps(model, graph, number, Why::Unsafe(SOME_ARE_SMALL)));
                continue;
            }
            let dense = op.code.builtin == Builtin::FULLY_CONNECTED && options.dense_per_tensor;
            let axis = rule.axis.filter(|_| !options.per_tensor && !dense);
            let mut reads = rule.reads;
            if axis.is_none() && !options.compat && rules::needs_channels(&model.graphs()[graph], op) {
                reads = Reads::Floats;
                kept.push(keeps(model, graph, number, Why::Unsafe(ONE_SCALE)));
            }
            uses.extend(large.into_iter().map(|(input, id)| Use {
                op: number,
                input,
                id,
                axis,
                reads,
            }));
        }
        let tables = uses.iter().filter(|found| found.reads == Reads::Copies);
        let copying = Copying::of(model, graph, tables.map(|found| (found.op, found.id)));
        Self { uses, copying }
    }

    /// Makes the integers, and lets operators read them.
    pub fn rewrite(self, model: &mut Model, graph: usize, state: &mut State) -> Result<()> {
        let mut names = FreeNames::of(&model.graphs()[graph]);
        let uses = self.uses.iter().map(|found| (found.id, found.axis));
        let twins = twins::of(
            &mut model.graphs_mut()[graph],
            &mut names,
            uses,
            "int8",
            |buffer| {
                state.integers.add(buffer);
            },
        );
        for ((_, axis), integers) in &twins {
            params::store(
                model,
                (graph, *integers),
                (*axis, Formulas::Mlir),
                &mut state.integers,
            )?;
        }
        let mut uses = self.uses.iter().peekable();
        let mut floats = Dequantized::default();
        let operators = model.graphs_mut()[graph].take_operators();
        let graph = &mut model.graphs_mut()[graph];
        for (number, mut op) in operators.into_iter().enumerate() {
            while let Some(found) = uses.next_if(|found| found.op == number) {
                let integers = twins[&(found.id, found.axis)];
                let copies = found.reads == Reads::Copies && self.copying.from(number);
                if found.reads == Reads::Hybrid || copies {
                    op.inputs[found.input] = Some(integers);
                    let rule = rules::of(MLIR, op.code.builtin);
                    let version = rule.map(|rule| rules::version(rule, &op, found.axis.is_some()));
                    version
                        .into_iter()
                        .for_each(|version| state.versions.raise(op.code.builtin, version));
                    rules::set_asymmetric(&mut op, true);
                    continue;
                }
                let float = floats.of(graph, &mut names, integers, found.axis.is_some())?;
                op.inputs[found.input] = Some(float);
            }
            self.copying
                .push(graph, &mut names, number, op, &mut state.versions)?;
        }
        Ok(())
    }
}

/// The weights of an operator that are large enough.
fn large(model: &Model, graph: usize, op: &Operator, rule: &Rule) -> Vec<(usize, TensorId)> {
    let weights = rule.weights.iter();
    let given = weights.filter_map(|input| Some((*input, op.input(*input)?)));
    given.filter(|(_, id)| is_large(model, graph, *id)).collect()
}

/// Whether an operator has other weights that are floats.
fn has_float_besides(
    model: &Model,
    graph: usize,
    op: &Operator,
    rule: &Rule,
    large: &[(usize, TensorId)],
) -> bool {
    let given = rule
        .weights
        .iter()
        .filter_map(|input| Some((*input, op.input(*input)?)));
    let float = |id: TensorId| model.graphs()[graph].tensor(id).dtype == DType::Float32;
    given
        .into_iter()
        .any(|other| float(other.1) && !large.contains(&other))
}
