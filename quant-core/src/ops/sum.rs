//! SUM: the sum along some axes.

use super::support::reduce::{self, Folds};
use super::{OpDef, Rule};
use crate::ir::Builtin;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::SUM,
    name: "Sum",
    options: reduce::read_recipe,
    shape: reduce::shape,
    eval: |call| reduce::eval(call, &FOLDS),
    rule: Rule::UNARY,
};

static FOLDS: Folds = Folds {
    f32: (0.0, |sum, x| sum + x),
    i32: (0, |sum, x| sum.wrapping_add(x)),
    i64: (0, |sum, x| sum.wrapping_add(x)),
};
