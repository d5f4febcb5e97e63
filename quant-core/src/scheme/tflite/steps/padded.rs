//! PADV2, whose value may lie beyond what it pads.

use quant_ir::{DType, Operator, QuantParam};

use super::recorded::recorded;
use super::work::Work;

/// How many times wider than its operand a result may be. A value that lies farther out stands for "none", as the lowest
/// float does before a maximum: it becomes the lowest or the highest integer, and the others keep their steps.
const WIDEST: f32 = 16.0;

/// Whether the result has a range of its own: the integers of the operand do not hold the value.
pub fn has_own_range(work: &Work, op: &Operator, operand: Option<&QuantParam>) -> bool {
    let (Some(operand), Some(value)) = (operand, op.input(2)) else {
        return false;
    };
    let Some((min, max)) = op.outputs.first().and_then(|id| recorded(work.tensor(*id))) else {
        return false;
    };
    let (scale, zero_point) = (operand.scale[0], operand.zero_point[0] as f32);
    let (low, high) = if work.activations == DType::Int16 {
        (-32767.0, 32767.0)
    } else {
        (-128.0, 127.0)
    };
    let (low, high) = (
        (low - zero_point - 0.5) * scale,
        (high - zero_point + 0.5) * scale,
    );
    let held = if work.is_constant(value) {
        let values = work.model.f32_data(work.tensor(value)).unwrap_or_default();
        values.iter().all(|x| (low..=high).contains(x))
    } else {
        false
    };
    !held && max.max(0.0) - min.min(0.0) <= WIDEST * (high - low)
}
