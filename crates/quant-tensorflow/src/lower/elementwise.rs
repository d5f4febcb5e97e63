//! Nodes that work element by element.

use quant_ir::{Builtin, Options, Result};
use quant_lower::elementwise::{self, alike, unary};
use quant_lower::{Stored, options};

use super::op::Op;

/// `max(alpha · x, x)`.
pub(super) fn leaky_relu(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let alpha = op.float("alpha", 0.2)?;
    let options = options!(LeakyReluOptions: LeakyReluOptionsT { alpha: alpha });
    unary(op, Builtin::LEAKY_RELU, options)
}

/// The smaller of the larger: `min(max(x, low), high)`.
pub(super) fn clip(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let (ids, channels_last) = alike(op, &[0, 1, 2])?;
    let &[x, low, high] = ids.as_slice() else {
        return op.refuse("it has another number of inputs", "give x, low and high");
    };
    let raised = op.step("low", Builtin::MAXIMUM, &[x, low], Options::default())?;
    op.last(
        Builtin::MINIMUM,
        &[raised, high],
        Options::default(),
        channels_last,
    )
}

/// The sum of all inputs.
pub(super) fn add_n(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let indices: Vec<usize> = (0..op.inputs.len()).collect();
    let (ids, channels_last) = alike(op, &indices)?;
    let options = options!(AddNOptions: AddNOptionsT {});
    op.last(Builtin::ADD_N, &ids, options, channels_last)
}

/// Another element type.
pub(super) fn cast(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let to = op.dtype("DstT")?;
    elementwise::cast(op, to)
}

/// One of two values, by a condition.
pub(super) fn select(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let ids = [op.input(0)?, op.input(1)?, op.input(2)?];
    let [condition, a, _] = ids.map(|id| op.builder.shape(id));
    // The older form takes rows by a vector of conditions; the newer one broadcasts.
    if op.node.op() == "Select" && condition.len() != a.len() && !condition.is_empty() {
        return op.refuse("a condition for each row", "use SelectV2");
    }
    let dtype = op.builder.dtype(op.stored(1)?.id);
    let options = options!(SelectV2Options: SelectV2OptionsT {});
    let name = op.name();
    let id = op.builder.emit(Builtin::SELECT_V2, &ids, options, &name, dtype)?;
    Ok(super::op::plain(id))
}
