//! REDUCE_PROD: the product along some axes.

use super::OpDef;
use super::support::reduce::{self, Folds};
use quant_ir::Builtin;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::REDUCE_PROD,
    name: "ReduceProd",
    inputs: (2, 2),
    shape: reduce::shape,
    eval: |call| reduce::eval(call, &FOLDS),
};

static FOLDS: Folds = Folds {
    f32: (1.0, |product, x| product * x),
    i32: (1, |product, x| product.wrapping_mul(x)),
    i64: (1, |product, x| product.wrapping_mul(x)),
};
