//! What is known of a graph before anything is decided.

use std::collections::BTreeMap;

use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::{DType, Graph, Model, TensorId};
use quant_numeric::channels::Channels;
use quant_numeric::coding::{MinMax, min_max};

use super::super::Options;
use super::super::common::constant;
use super::rules::{self, Rule};
use crate::scheme::Why;

/// One graph of a float model.
pub struct Facts<'m> {
    /// The model.
    pub model: &'m Model,
    /// Number of the graph.
    pub number: usize,
    /// What is asked for.
    pub options: &'m Options,
    /// The rule of each operator, or why it has none.
    pub rules: Vec<std::result::Result<&'static Rule, Why>>,
    /// Which tensors are float constants.
    pub constants: Vec<bool>,
    /// The ranges of values: those that were recorded.
    pub ranges: Vec<Option<MinMax>>,
    /// The ranges of the constants that operators with a rule read; `None` where no scale can hold one.
    pub measured: BTreeMap<TensorId, Option<MinMax>>,
}

impl<'m> Facts<'m> {
    /// Those of the graph of that number.
    ///
    /// # Errors
    /// A recorded range that is none.
    pub fn of(model: &'m Model, number: usize, options: &'m Options) -> Result<Self> {
        let graph = &model.graphs()[number];
        let rule = |op: &quant_ir::Operator| {
            let names: Vec<&str> = op
                .outputs
                .iter()
                .map(|id| graph.tensor(*id).name.as_str())
                .collect();
            if options.stays_float(op.code.builtin, &names) {
                return Err(Why::Asked);
            }
            rules::of(op.code.builtin).unwrap_or(Err("")).map_err(|why| {
                if why.is_empty() {
                    Why::NoRule
                } else {
                    Why::Unsafe(why)
                }
            })
        };
        let mut facts = Self {
            model,
            number,
            options,
            rules: graph.operators().iter().map(rule).collect(),
            constants: graph
                .ids()
                .map(|id| constant::is_float(model, number, id))
                .collect(),
            ranges: Vec::new(),
            measured: BTreeMap::new(),
        };
        facts.ranges = graph.ids().map(|id| facts.recorded(id)).collect::<Result<_>>()?;
        for (op, rule) in facts.rules.iter().enumerate() {
            if rule.is_err() {
                continue;
            }
            let operands: Vec<(usize, TensorId)> = facts.operands(op).collect();
            for (_, id) in operands.into_iter().filter(|(_, id)| facts.constants[id.0]) {
                facts
                    .measured
                    .entry(id)
                    .or_insert_with(|| measure(model, graph, id));
            }
        }
        Ok(facts)
    }

    /// The graph.
    pub fn graph(&self) -> &'m Graph {
        &self.model.graphs()[self.number]
    }

    /// The float operands of an operator, with their places.
    pub fn operands(&self, op: usize) -> impl Iterator<Item = (usize, TensorId)> + use<'_, 'm> {
        let inputs = self.graph().operators()[op].inputs.iter().enumerate();
        inputs.filter_map(|(at, id)| id.filter(|id| self.is_float(*id)).map(|id| (at, id)))
    }

    /// The float results of an operator.
    pub fn results(&self, op: usize) -> impl Iterator<Item = TensorId> + use<'_, 'm> {
        let outputs = self.graph().operators()[op].outputs.iter().copied();
        outputs.filter(|id| self.is_float(*id))
    }

    /// Whether a tensor holds floats of 32 bits.
    pub fn is_float(&self, id: TensorId) -> bool {
        self.graph().tensor(id).dtype == DType::Float32
    }

    fn recorded(&self, id: TensorId) -> Result<Option<MinMax>> {
        let tensor = self.graph().tensor(id);
        let quant = tensor
            .quant
            .as_ref()
            .filter(|_| self.is_float(id) && !self.constants[id.0] && !tensor.is_variable);
        let Some((&[min], &[max])) = quant.map(|quant| (quant.min.as_slice(), quant.max.as_slice())) else {
            return Ok(None);
        };
        let place = || Place::tensor("activation", &tensor.name).numbered(id.0);
        if min > max || min.is_nan() || max.is_nan() {
            return Err(Error::new(
                place(),
                Problem::BadRange { min, max },
                "record the ranges again",
            ));
        }
        if !(f64::from(max) - f64::from(min)).is_finite() {
            let problem = Problem::UnboundedRange { min, max };
            return Err(Error::new(
                place(),
                problem,
                "clip the activation in the model, and record again",
            ));
        }
        Ok(Some((min, max)))
    }
}

/// The range of a constant with 0 in it; `None` when a value is no number that a scale can hold.
fn measure(model: &Model, graph: &Graph, id: TensorId) -> Option<MinMax> {
    let tensor = graph.tensor(id);
    let dense = tensor.sparsity.is_none() && tensor.compression == 0;
    let content = model.content(tensor).filter(|_| dense)?;
    let floats = content.floats()?;
    let whole = Some(floats.len()) == tensor.elements();
    let ranges = min_max(&floats, Channels::one()).filter(|_| whole);
    // Nobody looks at them until integers are made.
    content.release();
    let (min, max) = *ranges?.first()?;
    Some((min.min(0.0), max.max(0.0)))
}
