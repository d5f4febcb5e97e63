//! Steps 5 and 6: which operators are quantized, and which parameters their operands and results have.

use std::collections::{BTreeMap, BTreeSet};

use quant_ir::TensorId;
use quant_schema::ActivationFunctionType as Activation;

use super::facts::{Facts, Role};
use super::measure::Measured;
use super::memory;
use super::params::Params;
use super::rules;
use super::spread::{Requantized, Spread};
use crate::scheme::Why;

/// What becomes of a graph.
pub struct Plan {
    /// Which operators are quantized.
    pub quantized: Vec<bool>,
    /// Why operators stay float that compute with floats, by operator.
    pub kept: BTreeMap<usize, Why>,
    /// The parameters of each value that has some.
    pub params: Vec<Option<Params>>,
    /// Those of constants that take other operands', by operator and operand.
    pub like: BTreeMap<(usize, usize), Params>,
    /// Other parameters for some uses of a value.
    pub requantized: Vec<Requantized>,
    /// The same by operator and operand.
    pub other: BTreeMap<(usize, usize), Params>,
    /// What an operator writes where its result has other parameters.
    pub written: BTreeMap<TensorId, Params>,
    /// Activations that go into the operator before them, by that operator: their number, and their result.
    pub fused: BTreeMap<usize, (usize, Activation, TensorId)>,
    /// Values that float operators read.
    pub read_float: BTreeSet<TensorId>,
    /// Values that quantized operators read with the value's own parameters.
    pub read_integer: BTreeSet<TensorId>,
}

/// Decides.
pub fn plan(facts: &Facts<'_>, measured: &Measured, spread: Spread) -> Plan {
    let count = facts.graph().tensors().len();
    let like = spread.uses.iter();
    let mut plan = Plan {
        quantized: Vec::new(),
        kept: BTreeMap::new(),
        like: like
            .filter_map(|(user, place)| Some((*user, spread.params[*place]?)))
            .collect(),
        params: spread.params[..count].to_vec(),
        requantized: spread.requantized,
        other: BTreeMap::new(),
        written: spread.written,
        fused: BTreeMap::new(),
        read_float: BTreeSet::new(),
        read_integer: BTreeSet::new(),
    };
    for op in 0..facts.rules.len() {
        let mut operands = facts.operands(op);
        let computes = operands.any(|(_, id)| facts.is_value(id)) || facts.results(op).next().is_some();
        let why = if computes {
            plan.stays(facts, measured, op)
        } else {
            None
        };
        plan.quantized.push(computes && why.is_none());
        if let Some(why) = why {
            plan.kept.insert(op, why);
        }
    }
    if facts.options.compat {
        plan.take_along(facts);
    }
    plan.fold(facts);
    plan.fuse(facts);
    plan.note_readers(facts);
    plan
}

impl Plan {
    /// The parameters with which an operator reads a value.
    pub fn reads(&self, op: usize, at: usize, id: TensorId) -> Option<Params> {
        match self.other.get(&(op, at)) {
            Some(other) => Some(*other),
            None => self.params.get(id.0).copied().flatten(),
        }
    }

    /// Why an operator with floats stays float; `None`: it is quantized.
    fn stays(&self, facts: &Facts<'_>, measured: &Measured, op: usize) -> Option<Why> {
        if facts.denied[op] {
            return Some(Why::Asked);
        }
        let Some(rule) = &facts.rules[op] else {
            let kind = facts.graph().operators()[op].code.builtin;
            return Some(rules::unfit(kind).map_or(Why::NoRule, Why::Unsafe));
        };
        let mut operands = facts.operands(op);
        let operand = operands.find_map(|(at, id)| {
            let role = facts.role(op, rule, at);
            self.lacks(facts, measured, (op, at), id, role)
        });
        let mut results = facts.results(op);
        let mut result = || {
            let lacks = |id: &TensorId| self.params[id.0].is_none() || facts.graph().keeps_state(*id);
            Some(no_range(facts, results.find(lacks)?))
        };
        operand
            .or_else(&mut result)
            .or_else(|| memory::unfit(facts, op, rule.memory?))
    }

    /// What an operand lacks to be quantized.
    fn lacks(
        &self,
        facts: &Facts<'_>,
        measured: &Measured,
        user: (usize, usize),
        id: TensorId,
        role: Role,
    ) -> Option<Why> {
        if Facts::must_be_constant(role) && !facts.constants[id.0] {
            return Some(Why::Unsafe(
                "weights or a bias that are computed have no scale that fits",
            ));
        }
        match role {
            Role::None => None,
            Role::Value if facts.graph().keeps_state(id) => Some(Why::Unsafe("it reads a variable")),
            Role::Value => self.params[id.0].is_none().then(|| no_range(facts, id)),
            Role::Like if !self.like.contains_key(&user) => Some(no_range(facts, id)),
            Role::Output | Role::Cell | Role::State => {
                let graph = facts.graph();
                if graph.readers(id).len() != 1 || !graph.keeps_state(id) {
                    Some(Why::Unsafe("its state is no variable of its own"))
                } else {
                    facts.range(id).is_none().then(|| no_range(facts, id))
                }
            }
            _ => {
                let holds = measured.get(&(id, role)).is_some_and(Option::is_some);
                (!holds).then_some(Why::Unsafe(
                    "one of its constants has a value that no scale can hold",
                ))
            }
        }
    }

    /// In the original DEQUANTIZE moves behind an operator with one scale and a smaller result (`PushDownDequantize`), which
    /// quantizes it though it was asked to stay float.
    fn take_along(&mut self, facts: &Facts<'_>) {
        let graph = facts.graph();
        for op in 0..facts.rules.len() {
            let same = facts.rules[op].is_some_and(|rule| rule.is_same());
            let operands: Vec<TensorId> = facts.operands(op).map(|(_, id)| id).collect();
            let (&[operand], &[result]) = (operands.as_slice(), &graph.operators()[op].outputs[..]) else {
                continue;
            };
            let made = facts.producer(operand).is_some_and(|(op, _)| self.quantized[op]);
            let floats = graph.readers(operand).iter().filter(|op| !self.quantized[op.0]);
            let alone = floats.count() == 1 && !graph.is_output(operand);
            let size = |id: TensorId| graph.tensor(id).elements().unwrap_or(0);
            if !facts.denied[op] || !same || !made || !alone || size(operand) <= size(result) {
                continue;
            }
            let Some(params) = self.params[operand.0] else {
                continue;
            };
            if self.params[result.0] != Some(params) {
                self.written.insert(result, params);
            }
            self.quantized[op] = true;
            self.kept.remove(&op);
        }
    }

    /// What reads a value as what.
    fn note_readers(&mut self, facts: &Facts<'_>) {
        for other in &self.requantized {
            self.other
                .extend(other.users.iter().map(|user| (*user, other.params)));
        }
        for op in 0..facts.rules.len() {
            for (at, id) in facts.operands(op).filter(|(_, id)| facts.is_value(*id)) {
                if !self.quantized[op] {
                    self.read_float.insert(id);
                } else if !self.other.contains_key(&(op, at)) {
                    self.read_integer.insert(id);
                }
            }
        }
    }
}

fn no_range(facts: &Facts<'_>, id: TensorId) -> Why {
    Why::NoRange(facts.graph().tensor(id).name.clone())
}
