//! How the parameters of fake quantization reach the other values (`QuantizationDriver`).
//!
//! Values with a pair have fixed parameters. A worklist takes operators, the last first: one with one scale for operands and
//! results gives what it finds at its ends to the others, one with a fixed result gives that. Where a value has other
//! parameters already, that use of it is requantized.
//!
//! A mean of what was cut off is not the mean cut off: operators that add take the parameters of their operand, also where it was
//! only moved on the way, and their result is requantized. The original narrows the operand then; `compat` does, too.

use std::collections::BTreeMap;

use quant_ir::{Builtin, TensorId};

use super::facts::{Facts, Role};
use super::params::Params;
use super::rules::{Rule, Scale};

/// Operators of one scale whose results are sums of several elements.
const ADDS: &[Builtin] = &[Builtin::AVERAGE_POOL_2D, Builtin::RESIZE_BILINEAR];

/// Operators that only move elements, or add zeros.
const MOVES: &[Builtin] = &[
    Builtin::EXPAND_DIMS,
    Builtin::PAD,
    Builtin::RESHAPE,
    Builtin::SLICE,
    Builtin::SQUEEZE,
    Builtin::STRIDED_SLICE,
    Builtin::TRANSPOSE,
];

/// Parameters of values, and of constants that take them.
#[derive(Default)]
pub struct Spread {
    /// Those of values, by tensor.
    pub params: Vec<Option<Params>>,
    /// Those of constants, by operator and operand.
    pub like: BTreeMap<(usize, usize), Params>,
    /// Other parameters for some uses of a value.
    pub requantized: Vec<Requantized>,
    /// What an operator writes where its result has other parameters.
    pub written: BTreeMap<TensorId, Params>,
    fixed: Vec<bool>,
    known: BTreeMap<(TensorId, u32, i64), usize>,
    done: Vec<bool>,
    open: Vec<usize>,
}

/// Other parameters of a value for some of its users.
#[derive(Clone, Debug, PartialEq)]
pub struct Requantized {
    /// The value.
    pub value: TensorId,
    /// The parameters.
    pub params: Params,
    /// Operators and operands that read it so.
    pub users: Vec<(usize, usize)>,
}

/// Spreads the parameters that pairs give.
pub fn spread(facts: &Facts<'_>) -> Spread {
    let count = facts.rules.len();
    let ids = facts.graph().ids();
    let given = |id: TensorId| {
        facts
            .pairs
            .given
            .get(&id)?
            .one()
            .filter(|_| !facts.constants[id.0])
    };
    let mut spread = Spread {
        params: ids.map(given).collect(),
        done: vec![false; count],
        open: (0..count).filter(|op| !facts.pairs.gone[*op]).collect(),
        ..Spread::default()
    };
    spread.fixed = spread.params.iter().map(Option::is_some).collect();
    while let Some(op) = spread.open.pop() {
        let Ok(rule) = &facts.rules[op] else { continue };
        if std::mem::replace(&mut spread.done[op], true) {
            continue;
        }
        let result = match rule.result {
            Scale::Fixed(scale, zero_point) => Some(Params { scale, zero_point }),
            Scale::Own => None,
            Scale::Same => {
                let Some(params) = spread.common(facts, op, rule) else {
                    spread.done[op] = false;
                    continue;
                };
                for (at, id) in facts.operands(op) {
                    spread.set_operand(facts, (op, at), rule, id, params);
                }
                Some(params)
            }
        };
        if let Some(params) = result {
            facts
                .results(op)
                .for_each(|id| spread.set_result(facts, id, params));
        }
    }
    spread
}

impl Spread {
    /// The parameters that all operands and results of an operator take (`GetQuantParamsForSameScaleConstraint`).
    fn common(&self, facts: &Facts<'_>, op: usize, rule: &Rule) -> Option<Params> {
        let operator = &facts.graph().operators()[op];
        if ADDS.contains(&operator.code.builtin) && !facts.options.compat {
            let first = facts.operands(op).next();
            if let Some(params) = first.and_then(|(_, id)| self.origin(facts, id)) {
                return Some(params);
            }
        }
        let operand = |(at, id): (usize, TensorId)| match facts.role(rule, at, id) {
            Role::Value => (self.params[id.0], self.fixed[id.0]),
            // A constant with a pair of its own.
            _ => (
                facts.pairs.given.get(&id).and_then(super::params::Given::one),
                true,
            ),
        };
        let operands: Vec<(Option<Params>, bool)> = facts.operands(op).map(operand).collect();
        let results: Vec<(Option<Params>, bool)> = facts
            .results(op)
            .map(|id| (self.params[id.0], self.fixed[id.0]))
            .collect();
        let find = |wanted: bool| {
            let first = |ends: &[(Option<Params>, bool)]| {
                let mut ready = ends.iter().filter(|(_, fixed)| *fixed == wanted);
                ready.find_map(|(params, _)| *params)
            };
            let (from, to) = (first(&operands), first(&results));
            let only_operand = from.filter(|_| operator.inputs.len() == 1);
            let only_result = to.filter(|_| operator.outputs.len() == 1);
            only_operand.or(only_result).or(from).or(to)
        };
        find(true).or_else(|| find(false))
    }

    /// The parameters of the pair that a value has, or the one that it was moved from.
    fn origin(&self, facts: &Facts<'_>, mut id: TensorId) -> Option<Params> {
        while !self.fixed[id.0] {
            let (op, _) = facts.producer(id)?;
            let moves = MOVES.contains(&facts.graph().operators()[op].code.builtin);
            (_, id) = facts.operands(op).next().filter(|_| moves)?;
        }
        self.params[id.0]
    }

    fn set_operand(
        &mut self,
        facts: &Facts<'_>,
        user: (usize, usize),
        rule: &Rule,
        id: TensorId,
        params: Params,
    ) {
        if facts.role(rule, user.1, id) != Role::Value {
            self.like.insert(user, params);
            return;
        }
        match self.params[id.0] {
            Some(present) if present == params => {}
            Some(_) => {
                let key = (id, params.scale.to_bits(), params.zero_point);
                let number = *self.known.entry(key).or_insert_with(|| {
                    self.requantized.push(Requantized {
                        value: id,
                        params,
                        users: Vec::new(),
                    });
                    self.requantized.len() - 1
                });
                self.requantized[number].users.push(user);
            }
            None => {
                self.params[id.0] = Some(params);
                self.open.extend(facts.producer(id).map(|(op, _)| op));
            }
        }
    }

    fn set_result(&mut self, facts: &Facts<'_>, id: TensorId, params: Params) {
        match self.params[id.0] {
            Some(present) if present == params => {}
            Some(_) => {
                self.written.entry(id).or_insert(params);
            }
            None => {
                self.params[id.0] = Some(params);
                self.open.extend(facts.readers[id.0].iter().copied());
            }
        }
    }
}
