//! What the kernels of runtimes do not take.

use quant_ir::{Builtin as B, DType, Operator, TensorId};

use super::Planner;
use crate::scheme::tflite::common::constant::is_float;
use crate::scheme::tflite::steps::recorded::recorded;
use crate::scheme::tflite::steps::rule::{Kind, Rule};

impl Planner<'_> {
    /// Weights that the kernel knows only as constants.
    pub fn computed(&self, op: &Operator, rule: &Rule) -> Option<&'static str> {
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
    pub fn impossible(&self, op: &Operator, rule: &Rule) -> Option<&'static str> {
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
    pub fn unsafe_for(&self, op: &Operator, rule: &Rule) -> Option<&'static str> {
        if self.options.compat {
            return None;
        }
        let size = |at: usize| op.input(at).map(|id| self.graph().tensor(id).shape.last());
        let peepholes = rule.is_lstm() && (9..=11).any(|at| op.input(at).is_some());
        if peepholes && size(18) != size(19) {
            return Some(
                "8-bit kernels take as many peephole weights as there are projected values, not as there are cells",
            );
        }
        match (op.code.builtin, self.activations) {
            (B::SQUARED_DIFFERENCE | B::SCATTER_ND, DType::Int16) => {
                Some("no runtime has a kernel for it with 16-bit activations")
            }
            (B::TILE, DType::Int16) => {
                Some("TensorFlow Lite up to 2.21 has no kernel for it with 16-bit activations")
            }
            (B::SCATTER_ND, DType::Int8) => {
                Some("its kernel fills with the integer 0, which stands for another number")
            }
            _ if rule.compares() && self.operands(op, rule).any(|scale| scale >= 1.0) => {
                Some("its kernel ends the process where a scale is 1 or more")
            }
            _ => None,
        }
    }
}
