//! Which operators become integer ones.

mod ranges;
mod refusals;
mod scales;

use quant_ir::error::{Error, Problem, Result};
use quant_ir::{DType, Graph, Model, Operator, TensorId};

use super::super::{Kept, Options, Why};
use super::called::called;
use super::recorded::recorded;
use super::resource::Resources;
use super::rule::Rule;
use super::rules;

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
            kept.push(report(graph, number, index, op, why));
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

fn report(graph: &Graph, number: usize, index: usize, op: &Operator, why: Why) -> Kept {
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
    /// The scales of tensors that operators before make.
    made: Vec<Option<f32>>,
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
            made: vec![None; model.graphs()[number].tensors().len()],
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
            .or_else(|| self.unsafe_for(op, rule))
        {
            return refuse(Why::Unsafe(why));
        }
        if let Some(tensor) = self.without_range(op, rule) {
            return refuse(Why::NoRange(tensor));
        }
        for id in op.outputs.iter().take(rule.results(op)) {
            self.made[id.0] = Some(self.result(op, rule, *id));
        }
        Ok(Plan::Integer(rule))
    }
}
