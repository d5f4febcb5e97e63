//! Which operators become integer ones.

mod ranges;

use quant_ir::error::{Error, Problem, Result};
use quant_ir::{Builtin as B, DType, Graph, Model, Operator, TensorId};

use super::super::{Kept, Options, Why};
use super::called::called;
use super::recorded::recorded;
use super::resource::Resources;
use super::rule::{Kind, Rule};
use super::rules;
use crate::scheme::tflite::common::constant::is_float;

/// What becomes of an operator.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Plan {
    /// It computes with integers.
    Integer(&'static Rule),
    /// It stays float; what it reads is made float before it.
    Float(Option<&'static Rule>),
    /// It has no float operand, or is a QUANTIZE or DEQUANTIZE that was inserted.
    Leave,
}

impl Plan {
    /// The rule by which an operator becomes an integer one.
    pub fn rule(self) -> Option<&'static Rule> {
        match self {
            Self::Integer(rule) => Some(rule),
            _ => None,
        }
    }

    /// The rule that the original goes by in steps that do not ask whether the operator stays float.
    pub fn rule_even_if_float(self, compat: bool) -> Option<&'static Rule> {
        match self {
            Self::Integer(rule) => Some(rule),
            Self::Float(rule) if compat => rule,
            _ => None,
        }
    }
}

/// What becomes of a model.
pub struct Plans {
    /// Of each operator of each graph.
    pub operators: Vec<Vec<Plan>>,
    /// Which graphs other operators run.
    pub called: Vec<bool>,
    /// The variables that hold integers.
    pub resources: Resources,
    /// The operators that stay float.
    pub kept: Vec<Kept>,
}

/// The plan of each operator.
///
/// # Errors
/// No activation has a recorded range; with `compat`, one that is needed has none.
pub fn of(model: &Model, options: &Options, activations: DType) -> Result<Plans> {
    let called = called(model);
    let resources = Resources::of(model, options, &called);
    let (mut operators, mut kept) = (Vec::new(), Vec::new());
    for (number, graph) in model.graphs().iter().enumerate() {
        let mut planner = Planner::new(model, &resources, number, options, activations);
        let mut own = Vec::new();
        for (index, op) in graph.operators().iter().enumerate() {
            let planned = if !planner.touches_floats(op) {
                Ok(Plan::Leave)
            } else if called[number] && resources.range(number, op).is_none() {
                Err((
                    None,
                    Why::Unsafe("it stands in a graph that another operator runs"),
                ))
            } else {
                planner.plan(op)
            };
            own.push(
                planned
                    .as_ref()
                    .map_or_else(|(rule, _)| Plan::Float(*rule), |plan| *plan),
            );
            let Err((_, why)) = planned else { continue };
            if let (Why::NoRange(tensor), true) = (&why, options.compat) {
                return Err(missing(tensor));
            }
            kept.push(told(graph, number, index, op, why));
        }
        operators.push(own);
    }
    let without = kept.iter().any(|kept| matches!(kept.why, Why::NoRange(_)));
    let recorded = model
        .graphs()
        .iter()
        .flat_map(Graph::tensors)
        .any(|tensor| recorded(tensor).is_some());
    if without && !recorded {
        return Err(Error::new("the model", Problem::MissingRanges, "record first"));
    }
    Ok(Plans {
        operators,
        called,
        resources,
        kept,
    })
}

/// The original's words.
fn missing(tensor: &str) -> Error {
    let text = format!(
        "Max and min for dynamic tensors should be recorded during calibration: Failed for tensor {tensor}"
    );
    Error::new(
        "the model",
        Problem::Missing(text),
        "record with data that the tensor is made of",
    )
}

fn told(graph: &Graph, number: usize, index: usize, op: &Operator, why: Why) -> Kept {
    let output = op
        .outputs
        .first()
        .map_or("", |id| graph.tensor(*id).name.as_str());
    let mut kept = Kept::new(number, index, op.code.builtin, output, why);
    if let Some(name) = &op.code.custom {
        kept.kind.clone_from(name);
    }
    kept
}

/// Why an operator stays float, and the rule that it would have had.
type Refusal = (Option<&'static Rule>, Why);

struct Planner<'a> {
    model: &'a Model,
    resources: &'a Resources,
    number: usize,
    options: &'a Options,
    activations: DType,
    /// Which tensors an operator before makes integers of.
    made: Vec<bool>,
}

impl<'a> Planner<'a> {
    fn new(
        model: &'a Model,
        resources: &'a Resources,
        number: usize,
        options: &'a Options,
        activations: DType,
    ) -> Self {
        Self {
            model,
            resources,
            number,
            options,
            activations,
            made: vec![false; model.graphs()[number].tensors().len()],
        }
    }

    fn graph(&self) -> &Graph {
        &self.model.graphs()[self.number]
    }

    fn is_float(&self, id: TensorId) -> bool {
        self.graph().tensor(id).dtype == DType::Float32
    }

    fn touches_floats(&self, op: &Operator) -> bool {
        let mut operands = op.inputs.iter().flatten().chain(&op.outputs);
        operands.any(|id| self.is_float(*id))
    }

    fn plan(&mut self, op: &Operator) -> Result<Plan, Refusal> {
        let rule = rules::of(op, self.options.compat);
        let wide = self.activations == DType::Int16;
        let refuse = |why| Err((rule, why));
        let names = op.outputs.iter().map(|id| self.graph().tensor(*id).name.as_str());
        if self
            .options
            .stays_float(op.code.builtin, &names.collect::<Vec<_>>())
        {
            return refuse(Why::Asked);
        }
        let Some(rule) = rule else {
            return refuse(if wide { Why::NoRule16 } else { Why::NoRule });
        };
        if wide && !rule.int16 {
            return refuse(Why::NoRule16);
        }
        let operands = rule.operands(op);
        let real = operands.iter().filter_map(|(index, _)| op.input(*index));
        let mut real = real.chain(op.outputs.iter().copied().take(rule.results(op)));
        if !real.any(|id| self.is_float(id)) {
            // Floats are no operands of it that the rule knows.
            return refuse(Why::NoRule);
        }
        if let Some(why) = self
            .computed(op, rule)
            .or_else(|| self.impossible(op, rule))
            .or_else(|| self.unsafe_for(op))
        {
            return refuse(Why::Unsafe(why));
        }
        if let Some(tensor) = self.without_range(op, rule) {
            return refuse(Why::NoRange(tensor));
        }
        for id in op.outputs.iter().take(rule.results(op)) {
            self.made[id.0] = true;
        }
        Ok(Plan::Integer(rule))
    }

    /// Weights that the kernel knows only as constants.
    fn computed(&self, op: &Operator, rule: &Rule) -> Option<&'static str> {
        let constant = |index: usize| {
            op.input(index)
                .is_none_or(|id| is_float(self.model, self.number, id))
        };
        if rule.bias.is_some_and(|bias| !constant(bias)) {
            return Some("its bias is computed");
        }
        rule.operands(op)
            .into_iter()
            .find_map(|(index, kind)| match kind {
                // The kernel of FULLY_CONNECTED takes any 8-bit operand.
                Kind::Filter(_)
                    if op.code.builtin == B::FULLY_CONNECTED && self.activations == DType::Int8 =>
                {
                    None
                }
                Kind::Filter(_) if !constant(index) => Some("its filter is computed"),
                Kind::Weights16 | Kind::Weights10 if !constant(index) => Some("its weights are computed"),
                Kind::GateBias(_) | Kind::ProjectionBias | Kind::SvdfBias if !constant(index) => {
                    Some("its bias is computed")
                }
                Kind::State | Kind::CellState
                    if op
                        .input(index)
                        .is_some_and(|id| !self.graph().tensor(id).is_variable) =>
                {
                    Some("its state is no variable")
                }
                Kind::Value if rule.is_lstm() && index > 0 && !constant(index) => {
                    Some("its weights are computed")
                }
                _ => None,
            })
    }

    /// What no integer kernel can take.
    fn impossible(&self, op: &Operator, rule: &Rule) -> Option<&'static str> {
        let graph = self.graph();
        let reaches = |id: TensorId, least: f32| {
            recorded(graph.tensor(id)).is_none_or(|(min, max)| min.abs().max(max.abs()) >= least)
        };
        if matches!(op.code.builtin, B::ASSIGN_VARIABLE | B::READ_VARIABLE) {
            let float = self.resources.range(self.number, op).is_none();
            return float.then_some("its variable stays float");
        }
        if !rule.is_lstm() {
            return None;
        }
        let (Some(state), Some(output)) = (op.input(18), op.outputs.first().copied()) else {
            return Some("it has no state for its output");
        };
        if !graph.tensor(state).is_variable {
            return Some("its state is no variable");
        }
        if !reaches(state, f32::MIN_POSITIVE) && !reaches(output, f32::MIN_POSITIVE) {
            return Some("its output was 0 throughout the records");
        }
        let gates = op.intermediates.iter().flatten().take(4);
        let mut gates = gates
            .filter_map(|id| usize::try_from(*id).ok())
            .filter(|id| *id < graph.tensors().len());
        // Layer normalization of a gate without a scale.
        let lost = op.input(21).is_some() && gates.any(|id| !reaches(TensorId(id), 1e-8));
        lost.then_some("one of its gates was 0 throughout the records")
    }

    /// What the original makes an integer operator that runtimes refuse or compute wrongly.
    fn unsafe_for(&self, op: &Operator) -> Option<&'static str> {
        if self.options.compat {
            return None;
        }
        match (op.code.builtin, self.activations) {
            (B::SQUARED_DIFFERENCE, DType::Int16) => {
                Some("no runtime has a kernel for it with 16-bit activations")
            }
            (B::TILE, DType::Int16) => {
                Some("TensorFlow Lite up to 2.21 has no kernel for it with 16-bit activations")
            }
            (B::SCATTER_ND, DType::Int8) => {
                Some("its kernel fills with the integer 0, which stands for another number")
            }
            _ => None,
        }
    }
}
