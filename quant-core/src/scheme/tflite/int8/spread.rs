//! Steps 2 to 4: how parameters spread from values with a range to the others (`QuantizationDriver`).
//!
//! Values with a range have fixed parameters. A worklist takes operators, the last first: one with one scale for operands and
//! results gives what it finds at its ends to the others, one with a fixed result gives that. Where a value has other
//! parameters already, that use of it is requantized.

use std::collections::BTreeMap;

use quant_ir::TensorId;

use super::facts::{Facts, Role};
use super::params::{Params, recorded};
use super::rules::Scale;

/// Parameters of values and of constants that take those of other operands.
pub struct Spread {
    /// By place: those of tensors by their number, then those of constants' uses.
    pub params: Vec<Option<Params>>,
    /// Places of constants' uses, by operator and operand.
    pub uses: BTreeMap<(usize, usize), usize>,
    /// Other parameters for some uses of a value.
    pub requantized: Vec<Requantized>,
    /// What an operator writes where its result has other parameters; by tensor.
    pub written: BTreeMap<TensorId, Params>,
    /// How many operators were looked at, and how often in all.
    pub looked: (usize, usize),
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

/// Spreads the parameters of the ranges that count. `tables` are those of results that hold rows of a constant, by
/// operator.
pub fn spread(facts: &Facts<'_>, kept: &[Option<(f32, f32)>], tables: &BTreeMap<usize, Params>) -> Spread {
    let params: Vec<Option<Params>> = kept
        .iter()
        .map(|range| range.map(|(min, max)| recorded(min, max, facts.options.compat)))
        .collect();
    let count = facts.rules.len();
    let mut spread = Spread {
        fixed: params.iter().map(Option::is_some).collect(),
        params,
        uses: BTreeMap::new(),
        requantized: Vec::new(),
        written: BTreeMap::new(),
        looked: (0, 0),
        known: BTreeMap::new(),
        done: vec![false; count],
        open: (0..count).collect(),
    };
    while let Some(op) = spread.open.pop() {
        spread.looked.1 += 1;
        if std::mem::replace(&mut spread.done[op], true) {
            continue;
        }
        spread.looked.0 += 1;
        let Some(rule) = facts.rules[op] else { continue };
        let result = match rule.result {
            Scale::Fixed(scale, zero_point) => Some(Params::int8(scale, zero_point)),
            Scale::Of(_) => tables.get(&op).copied(),
            Scale::Same => {
                let Some(params) = spread.common(facts, op) else {
                    spread.done[op] = false;
                    continue;
                };
                for (at, id) in facts.operands(op) {
                    spread.set_operand(facts, (op, at), id, params);
                }
                Some(params)
            }
            Scale::Own => None,
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
    fn common(&mut self, facts: &Facts<'_>, op: usize) -> Option<Params> {
        let operator = &facts.graph().operators()[op];
        let operands: Vec<(usize, TensorId)> = facts.operands(op).collect();
        let operands: Vec<usize> = operands
            .into_iter()
            .map(|(at, id)| self.place(facts, (op, at), id))
            .collect();
        let results: Vec<usize> = facts.results(op).map(|id| id.0).collect();
        let find = |fixed: bool| {
            let ready = |at: &usize| self.params[*at].filter(|_| self.fixed[*at] == fixed);
            let (from, to): (Vec<Params>, Vec<Params>) = (
                operands.iter().filter_map(ready).collect(),
                results.iter().filter_map(ready).collect(),
            );
            let only_operand = (operator.inputs.len() == 1).then(|| from.first()).flatten();
            let only_result = (operator.outputs.len() == 1).then(|| to.first()).flatten();
            only_operand
                .or(only_result)
                .or(from.first())
                .or(to.first())
                .copied()
        };
        find(true).or_else(|| find(false))
    }

    /// Where the parameters of an operand stand.
    fn place(&mut self, facts: &Facts<'_>, (op, at): (usize, usize), id: TensorId) -> usize {
        let role = facts.rules[op].map_or(Role::Value, |rule| facts.role(op, &rule, at));
        if role != Role::Like {
            return id.0;
        }
        *self.uses.entry((op, at)).or_insert_with(|| {
            self.params.push(None);
            self.fixed.push(false);
            self.params.len() - 1
        })
    }

    fn set_operand(&mut self, facts: &Facts<'_>, user: (usize, usize), id: TensorId, params: Params) {
        let place = self.place(facts, user, id);
        match self.params[place] {
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
                self.params[place] = Some(params);
                // The use of a constant has a place of its own.
                if place == id.0
                    && let Some((producer, _)) = facts.producer(id)
                {
                    self.open.push(producer);
                }
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
                self.open.extend(facts.graph().readers(id).iter().map(|op| op.0));
            }
        }
    }
}
