//! REDUCE_MIN: the smallest element along some axes.

use super::OpDef;
use super::support::reduce::{self, Folds};
use quant_ir::Builtin;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::REDUCE_MIN,
    name: "ReduceMin",
    inputs: (2, 2),
    shape: reduce::shape,
    eval: |call| reduce::eval(call, &FOLDS),
};

static FOLDS: Folds = Folds {
    f32: (f32::MAX, |min, x| if min < x { min } else { x }),
    i32: (i32::MAX, |min, x| min.min(x)),
    i64: (i64::MAX, |min, x| min.min(x)),
};
