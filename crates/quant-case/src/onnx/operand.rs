//! A value of a graph, as a case has it.

use crate::recipe::Operand;
use crate::textproto::Pos;

/// A value of f32 that nothing is said about.
pub(super) fn operand(name: &str, pos: Pos) -> Operand {
    Operand {
        name: name.to_owned(),
        dtype: "FLOAT32".to_owned(),
        shape: Vec::new(),
        shape_signature: None,
        filler: None,
        quant: None,
        mx_axis: None,
        sparsity: None,
        is_variable: false,
        pos,
    }
}
