//! Scales before there are any.

use quant_ir::{Content, Operator, TensorId};

use super::Planner;
use crate::scheme::tflite::common::constant::is_float;
use crate::scheme::tflite::steps::params;
use crate::scheme::tflite::steps::recorded::recorded;
use crate::scheme::tflite::steps::rule::{Range, Rule};

impl Planner<'_> {
    /// The scales that the operands of an operator will have, or at most will have.
    pub fn operands(&self, op: &Operator, rule: &Rule) -> impl Iterator<Item = f32> {
        let operands = rule.operands(op).into_iter();
        operands.filter_map(|(index, _)| Some(self.scale(op.input(index)?)))
    }

    /// The scale that a result will have.
    pub fn result(&self, op: &Operator, rule: &Rule, id: TensorId) -> f32 {
        let operand = || self.operands(op, rule).next().unwrap_or_default();
        match rule.range {
            Range::Own => self.own(id),
            Range::Input => operand(),
            Range::Padded => self.own(id).max(operand()),
            Range::Fixed(fixed) => fixed.of(self.activations).scale[0],
        }
    }

    fn scale(&self, id: TensorId) -> f32 {
        if let Some(scale) = self.made[id.0] {
            return scale;
        }
        if !is_float(self.model, self.number, id) {
            return self.own(id);
        }
        let content = self.model.content(self.graph().tensor(id));
        let floats = content.and_then(Content::floats).unwrap_or_default();
        let values = floats.iter().map(|x| f32::from_le_bytes(*x).abs());
        values.fold(0.0, f32::max) / params::INT8_MAX
    }

    fn own(&self, id: TensorId) -> f32 {
        let range = recorded(self.graph().tensor(id));
        range.map_or(0.0, |(min, max)| {
            params::activation(self.activations, min, max).scale[0]
        })
    }
}
