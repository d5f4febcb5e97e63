//! MAX_POOL_2D: the largest element of each window, padding left out.

use super::rule::ConstInputs;
use super::support::pool;
use super::{OpDef, Rule};
use crate::ir::Builtin;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::MAX_POOL_2D,
    name: "MaxPool2D",
    options: super::average_pool2d::read_recipe,
    shape: pool::shape,
    eval: |call| {
        pool::eval(
            call,
            f32::MIN,
            |max, x| if x > max { x } else { max },
            |max, _| max,
        )
    },
    rule: Rule {
        const_inputs: ConstInputs::Unsupported,
        ..Rule::UNARY
    },
};
