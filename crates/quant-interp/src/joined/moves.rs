//! Operators that only move values: they move the integers.

use quant_ir::error::Result;
use quant_ir::{Builtin, Operator};

use super::Joining;

/// Operators whose result has the values of one input, in another order, some of them, or the largest; and which input that is.
/// What they add is zero.
const MOVES: &[(Builtin, usize)] = &[
    (Builtin::BROADCAST_TO, 0),
    (Builtin::DEPTH_TO_SPACE, 0),
    (Builtin::EXPAND_DIMS, 0),
    (Builtin::GATHER, 0),
    (Builtin::GATHER_ND, 0),
    (Builtin::MAX_POOL_2D, 0),
    (Builtin::MIRROR_PAD, 0),
    (Builtin::PAD, 0),
    (Builtin::RESHAPE, 0),
    (Builtin::RESIZE_NEAREST_NEIGHBOR, 0),
    (Builtin::REVERSE_V2, 0),
    (Builtin::SLICE, 0),
    (Builtin::SPACE_TO_DEPTH, 0),
    (Builtin::SPLIT, 1),
    (Builtin::SPLIT_V, 0),
    (Builtin::SQUEEZE, 0),
    (Builtin::STRIDED_SLICE, 0),
    (Builtin::TILE, 0),
    (Builtin::TRANSPOSE, 0),
    (Builtin::UNPACK, 0),
];

/// Which input an operator moves.
pub fn moves(builtin: Builtin) -> Option<usize> {
    let line = MOVES.iter().find(|(of, _)| *of == builtin);
    line.map(|(_, index)| *index)
}

impl Joining<'_> {
    /// Whether the operator moves integers, and is put in front of their DEQUANTIZE.
    pub fn moved(&mut self, op: &Operator) -> Result<bool> {
        let Some(index) = moves(op.code.builtin) else {
            return Ok(false);
        };
        let Some((integers, has)) = self.activation(op.inputs.get(index).copied().flatten()) else {
            return Ok(false);
        };
        let mut inputs = op.inputs.clone();
        inputs[index] = Some(integers);
        self.put(op, inputs, has)?;
        Ok(true)
    }
}
