//! Which operators are quantized, and with which parameters, in the order of execution.

use std::collections::BTreeMap;

use quant_ir::TensorId;
use quant_numeric::coding::MinMax;

use super::facts::Facts;
use super::joint;
use super::params::{Params, fits};
use super::rules::{Rule, Scale};
use crate::scheme::Why;

/// What becomes of a constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// Uint8 with these parameters: the bits of the scale, and the zero point.
    Uint8(u64, i64),
    /// A bias with that scale.
    Bias(u64),
}

impl Form {
    /// Uint8 with these parameters.
    pub fn of(params: Params) -> Self {
        Self::Uint8(params.scale.to_bits(), params.zero_point)
    }
}

/// How a quantized operator reads an operand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Read {
    /// A constant in that form.
    Constant(Form),
    /// A value with these parameters.
    Value(Params),
}

/// What becomes of a graph.
pub struct Plan {
    /// For each operator how it reads its operands, by their places; `None`: it stays float.
    pub reads: Vec<Option<BTreeMap<usize, Read>>>,
    /// The scale of the bias of operators that lack one.
    pub zeros: BTreeMap<usize, f64>,
    /// The parameters of values.
    pub params: Vec<Option<Params>>,
    /// Why operators with floats stay float, by operator.
    pub kept: BTreeMap<usize, Why>,
}

/// Decides.
pub fn plan(facts: &Facts<'_>) -> Plan {
    let joint = joint::ranges(facts);
    let mut planner = Planner { facts, joint };
    let graph = facts.graph();
    let mut plan = Plan {
        reads: Vec::new(),
        zeros: BTreeMap::new(),
        params: graph.ids().map(|_| None).collect(),
        kept: BTreeMap::new(),
    };
    for id in graph.ids().filter(|id| graph.producer(*id).is_none()) {
        plan.params[id.0] = planner.own(id);
    }
    for op in 0..graph.operators().len() {
        let floats = facts.operands(op).next().is_some() || facts.results(op).next().is_some();
        let decided = match &facts.rules[op] {
            _ if !floats => {
                plan.reads.push(None);
                continue;
            }
            Ok(rule) => planner.operator(&mut plan, op, rule),
            Err(why) => Err(why.clone()),
        };
        let decided = decided.map_err(|why| {
            facts
                .results(op)
                .for_each(|id| plan.params[id.0] = planner.own(id));
            plan.kept.insert(op, why);
        });
        plan.reads.push(decided.ok());
    }
    plan
}

const UNSCALABLE: Why = Why::Unsafe("one of its constants has a value that no scale can hold");

const VARIABLE: Why = Why::Unsafe("it writes a variable, which others read as floats");

struct Planner<'a> {
    facts: &'a Facts<'a>,
    joint: Vec<Option<MinMax>>,
}

impl Planner<'_> {
    /// The parameters that the range of a value or constant gives.
    fn own(&self, id: TensorId) -> Option<Params> {
        let constant = self.facts.measured.get(&id).copied().flatten();
        self.joint[id.0]
            .or(constant)
            .or(self.facts.ranges[id.0])
            .map(Params::of)
    }

    fn no_range(&self, id: TensorId) -> Why {
        Why::NoRange(self.facts.graph().tensor(id).name.clone())
    }

    /// Parameters of the results of an operator, and how it reads its operands.
    fn operator(&mut self, plan: &mut Plan, op: usize, rule: &Rule) -> Result<BTreeMap<usize, Read>, Why> {
        let facts = self.facts;
        let mut reads = BTreeMap::new();
        for (at, id) in facts.operands(op) {
            if rule.weights.is_some_and(|weights| weights.bias == at) {
                continue;
            }
            let read = if facts.constants[id.0] {
                const UNSCALABLE: Why =
                    Why::Unsafe("one of its constants has a value that no scale can hold");
                Read::Constant(Form::of(
                    self.own(id)
                        .filter(|_| facts.measured[&id].is_some())
                        .ok_or(UNSCALABLE)?,
                ))
            } else {
                Read::Value(plan.params[id.0].ok_or_else(|| self.no_range(id))?)
            };
            reads.insert(at, read);
        }
        let params = |read: &Read| match read {
            Read::Constant(Form::Uint8(scale, zero_point)) => Some(Params {
                scale: f64::from_bits(*scale),
                zero_point: *zero_point,
            }),
            Read::Constant(Form::Bias(_)) => None,
            Read::Value(params) => Some(*params),
        };
        if let Some(weights) = rule.weights {
            let scale = |at: usize| Some(reads.get(&at).and_then(params)?.scale);
            let scale = scale(weights.input)
                .zip(scale(weights.filter))
                .map(|(a, b)| a * b);
            let scale = scale.ok_or(Why::Unsafe("its input or its weights are no floats"))?;
            match facts.graph().operators()[op].input(weights.bias) {
                Some(id) => {
                    self.bias(id, scale)?;
                    reads.insert(weights.bias, Read::Constant(Form::Bias(scale.to_bits())));
                }
                None if weights.channels.is_some() => {
                    plan.zeros.insert(op, scale);
                }
                None => {}
            }
        }
        let mut results = Vec::new();
        for id in facts.results(op) {
            if facts.graph().tensor(id).is_variable {
                return Err(VARIABLE);
            }
            let found = match rule.result {
                Scale::Own | Scale::Joint => self.own(id).ok_or_else(|| self.no_range(id))?,
                Scale::Fixed(scale, zero_point) => Params { scale, zero_point },
                Scale::Same(at) => {
                    let source = reads.get(&at).and_then(params);
                    source.ok_or(Why::Unsafe("the operand that it copies is no float"))?
                }
            };
            results.push((id, found));
        }
        // toco left these operands as they were.
        let wanted = results.first().filter(|_| !facts.options.compat);
        for (_, read) in reads.iter_mut().filter(|(at, _)| rule.alike.has(**at)) {
            match (wanted, read) {
                (Some((_, wanted)), Read::Constant(form)) => *form = Form::of(*wanted),
                (Some((_, wanted)), Read::Value(params)) => *params = *wanted,
                (None, _) => {}
            }
        }
        results
            .into_iter()
            .for_each(|(id, params)| plan.params[id.0] = Some(params));
        Ok(reads)
    }

    /// Whether a bias can have that scale.
    fn bias(&self, id: TensorId, scale: f64) -> Result<(), Why> {
        let facts = self.facts;
        if !facts.constants[id.0] {
            return Err(Why::Unsafe("a bias that is computed has no scale that fits"));
        }
        let (min, max) = facts.measured.get(&id).copied().flatten().ok_or(UNSCALABLE)?;
        if !facts.options.compat && !fits(max.max(-min), scale) {
            return Err(Why::Unsafe(
                "its bias does not fit int32 with the scales of its input and weights",
            ));
        }
        Ok(())
    }
}
