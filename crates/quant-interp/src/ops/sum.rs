//! SUM: the sum along some axes.

use super::OpDef;
use super::support::reduce::{self, Folds};
use quant_ir::Builtin;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::SUM,
    name: "Sum",
    inputs: (2, 2),
    shape: reduce::shape,
    eval: |call| reduce::eval(call, &FOLDS),
};

static FOLDS: Folds = Folds {
    f32: (0.0, |sum, x| sum + x),
    i32: (0, |sum, x| sum.wrapping_add(x)),
    i64: (0, |sum, x| sum.wrapping_add(x)),
};
