//! Whether an operator has the ranges that it needs.

use quant_ir::{Operator, TensorId};

use super::Planner;
use crate::scheme::tflite::common::constant::is_float;
use crate::scheme::tflite::steps::recorded::recorded;
use crate::scheme::tflite::steps::rule::{Range, Rule};

impl Planner<'_> {
    /// The first tensor without the range that the operator needs.
    pub fn without_range(&self, op: &Operator, rule: &Rule) -> Option<String> {
        if self.resources.range(self.number, op).is_some() {
            return None;
        }
        let graph = self.graph();
        let missing = |id: TensorId| recorded(graph.tensor(id)).is_none() && self.is_float(id);
        let name = |id: TensorId| graph.tensor(id).name.clone();
        for (index, _) in rule.operands(op) {
            let Some(id) = op
                .input(index)
                .filter(|id| !is_float(self.model, self.number, *id))
            else {
                continue;
            };
            // What an integer operator makes has parameters, but the bias is measured against a range.
            let made = self.made[id.0].is_some() && rule.bias.is_none() && !self.options.compat;
            if missing(id) && !made {
                return Some(name(id));
            }
        }
        let outputs = op.outputs.iter().take(rule.results(op));
        let own = rule.range == Range::Own;
        if let Some(id) = outputs.copied().find(|id| own && missing(*id)) {
            return Some(name(id));
        }
        if !rule.is_lstm() {
            return None;
        }
        if let Some(state) = op.input(18).filter(|id| missing(*id)) {
            return Some(name(state));
        }
        let normalized = op.input(21).is_some();
        let needed = (0..4).filter(|_| normalized).chain(op.input(16).map(|_| 4));
        let number = |at: usize| {
            op.intermediates
                .as_ref()
                .and_then(|all| usize::try_from(*all.get(at)?).ok())
        };
        for at in needed {
            match number(at).filter(|id| *id < graph.tensors().len()) {
                Some(id) if missing(TensorId(id)) => return Some(name(TensorId(id))),
                Some(_) => {}
                None => return Some(format!("intermediate result {at}")),
            }
        }
        None
    }
}
