//! The list of operators with a kernel.

use super::OpDef;
use crate::ir::Builtin;

/// Every operator definition, by code.
pub static OPS: &[&OpDef] = &[];

/// The definition of an operator.
pub fn find(builtin: Builtin) -> Option<&'static OpDef> {
    OPS.iter().copied().find(|def| def.builtin == builtin)
}

/// The definition of an operator by its name in recipes.
pub fn by_name(name: &str) -> Option<&'static OpDef> {
    OPS.iter().copied().find(|def| def.name == name)
}
