//! L2_POOL_2D: the root of each window's mean square, padding left out.

use super::OpDef;
use super::support::pool;
use quant_ir::Builtin;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::L2_POOL_2D,
    name: "L2Pool2D",
    inputs: (1, 1),
    shape: pool::shape,
    eval: |call| {
        pool::eval(
            call,
            0.0,
            |sum, x| sum + x * x,
            |sum, count| (sum / count as f32).sqrt(),
        )
    },
};
