//! AVERAGE_POOL_2D: the mean of each window, padding left out.

use super::OpDef;
use super::ready::{self, Plain, Prepare};
use super::support::pool;
use quant_ir::Builtin;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::AVERAGE_POOL_2D,
    name: "AveragePool2D",
    inputs: (1, 1),
    shape: pool::shape,
    eval: |call| ready::eval(call, PREPARE.make),
};

/// How it is made ready.
pub(super) const PREPARE: Prepare = Prepare {
    packed: &[],
    make: |_| {
        Ok(Box::new(Plain {
            shape: pool::shape,
            run: pool::mean,
        }))
    },
};
