//! REDUCE_MIN: the smallest element along some axes.

use super::support::reduce::{self, Folds};
use super::{OpDef, Rule};
use crate::ir::Builtin;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::REDUCE_MIN,
    name: "ReduceMin",
    options: reduce::read_recipe,
    shape: reduce::shape,
    eval: |call| reduce::eval(call, &FOLDS),
    rule: Rule::UNARY,
};

static FOLDS: Folds = Folds {
    f32: (f32::MAX, |min, x| if min < x { min } else { x }),
    i32: (i32::MAX, |min, x| min.min(x)),
    i64: (i64::MAX, |min, x| min.min(x)),
};
