//! L2_POOL_2D: the root of each window's mean square, padding left out.

use super::support::pool;
use super::{OpDef, Rule};
use crate::ir::Builtin;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::L2_POOL_2D,
    name: "L2Pool2D",
    options: super::average_pool2d::read_recipe,
    shape: pool::shape,
    eval: |call| {
        pool::eval(
            call,
            0.0,
            |sum, x| sum + x * x,
            |sum, count| (sum / count as f32).sqrt(),
        )
    },
    rule: Rule::NONE,
};
