//! What is known of a graph before anything is decided.

use std::borrow::Cow;
use std::collections::BTreeMap;

use quant_ir::{Content, DType, Float, Graph, Model, OpId, TensorId};

use super::super::Options;
use super::super::common::constant;
use super::pairs::Pairs;
use super::params::Given;
use super::rules::{self, FILTER, Rule};
use crate::scheme::Why;

/// One graph of a model with fake quantization.
pub struct Facts<'m> {
    /// The model.
    pub model: &'m Model,
    /// Number of the graph.
    pub number: usize,
    /// What is asked for.
    pub options: &'m Options,
    /// The fake quantization.
    pub pairs: &'m Pairs,
    /// The rule of each operator, or why it has none.
    pub rules: Vec<Result<Rule, Why>>,
    /// Which tensors are float constants.
    pub constants: Vec<bool>,
    /// The operators that read a value, fake-quantized or not.
    pub readers: Vec<Vec<usize>>,
    /// The parameters of constants without a pair, once they are known (`own`).
    pub own: BTreeMap<TensorId, Given>,
}

/// What an operand is to an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A value.
    Value,
    /// A constant that takes the operator's parameters.
    Like,
    /// A filter.
    Filter,
    /// A bias.
    Bias,
    /// Another constant.
    Plain,
}

impl<'m> Facts<'m> {
    /// Those of the graph of that number.
    pub fn of(model: &'m Model, number: usize, options: &'m Options, pairs: &'m Pairs) -> Self {
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
            rules::of(op.code.builtin, options.compat).ok_or(Why::NoRule)
        };
        let mut facts = Self {
            model,
            number,
            options,
            pairs,
            readers: graph.ids().map(|_| Vec::new()).collect(),
            rules: graph.operators().iter().map(rule).collect(),
            constants: graph
                .ids()
                .map(|id| constant::is_float(model, number, id))
                .collect(),
            own: BTreeMap::new(),
        };
        for op in (0..facts.rules.len()).filter(|op| !pairs.gone[*op]) {
            let read: Vec<TensorId> = facts.operands(op).map(|(_, id)| id).collect();
            read.into_iter().for_each(|id| facts.readers[id.0].push(op));
        }
        facts
    }

    /// The graph.
    pub fn graph(&self) -> &'m Graph {
        &self.model.graphs()[self.number]
    }

    /// The float operands of an operator, with their places: before fake quantization.
    pub fn operands(&self, op: usize) -> impl Iterator<Item = (usize, TensorId)> + use<'_, 'm> {
        let inputs = self.graph().operators()[op].inputs.iter().enumerate();
        let float = inputs.filter_map(|(at, id)| id.filter(|id| self.is_float(*id)).map(|id| (at, id)));
        float.map(|(at, id)| (at, self.pairs.of[id.0]))
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

    /// The operator that makes a value, and its rule.
    pub fn producer(&self, id: TensorId) -> Option<(usize, Option<&Rule>)> {
        let OpId(op) = self.graph().producer(id)?;
        Some((op, self.rules[op].as_ref().ok()))
    }

    /// What operand `at` is to an operator with a rule.
    pub fn role(&self, rule: &Rule, at: usize, id: TensorId) -> Role {
        match rule.weights {
            Some(weights) if weights.bias == Some(at) => Role::Bias,
            _ if !self.constants[id.0] => Role::Value,
            Some(_) if at == FILTER => Role::Filter,
            _ if rule.is_same() => Role::Like,
            _ => Role::Plain,
        }
    }

    /// The parameters of a filter or of a constant that takes no others': those of its pair, or of its values.
    pub fn given(&self, id: TensorId) -> Option<&Given> {
        self.pairs.given.get(&id).or_else(|| self.own.get(&id))
    }

    /// The values of a constant.
    pub fn floats(&self, id: TensorId) -> Cow<'m, [Float]> {
        let tensor = self.graph().tensor(id);
        let content = self.model.content(tensor).and_then(Content::floats);
        let whole = content.filter(|floats| Some(floats.len()) == tensor.elements());
        whole.unwrap_or_default()
    }

    /// Why a value or constant has no parameters.
    pub fn no_range(&self, id: TensorId) -> Why {
        Why::NoRange(self.graph().tensor(id).name.clone())
    }
}
