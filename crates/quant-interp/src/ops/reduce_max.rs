//! REDUCE_MAX: the largest element along some axes.

use super::OpDef;
use super::support::reduce::{self, Folds};
use quant_ir::Builtin;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::REDUCE_MAX,
    name: "ReduceMax",
    inputs: (2, 2),
    shape: reduce::shape,
    eval: |call| reduce::eval(call, &FOLDS),
};

static FOLDS: Folds = Folds {
    f32: (f32::MIN, |max, x| if max > x { max } else { x }),
    i32: (i32::MIN, |max, x| max.max(x)),
    i64: (i64::MIN, |max, x| max.max(x)),
};
