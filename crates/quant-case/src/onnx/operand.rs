//! A value of a graph, as a case has it.

use crate::recipe::Operand;
use crate::textproto::Pos;

/// A value of f32 that nothing is said about.
pub(super) fn operand(name: &str, pos: Pos) -> Operand {
    Operand::new(name.to_owned(), "FLOAT32".to_owned(), pos)
}
