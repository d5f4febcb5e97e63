//! MAX_POOL_2D: the largest element of each window, padding left out.

use super::ready::{self, Plain, Prepare};
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
    eval: |call| ready::eval(call, PREPARE.make),
    rule: Rule {
        const_inputs: ConstInputs::Unsupported,
        ..Rule::UNARY
    },
};

/// How it is made ready.
pub(super) const PREPARE: Prepare = Prepare {
    packed: &[],
    make: |_| {
        Ok(Box::new(Plain {
            shape: pool::shape,
            run: pool::max,
        }))
    },
};
