//! AVERAGE_POOL_2D: the mean of each window, padding left out.

use quant_case::recipe::Operation;

use super::ready::{self, Plain, Prepare};
use super::rule::ConstInputs;
use super::support::{options, pool};
use super::{OpDef, Rule};
use crate::error::Result;
use crate::ir::{Builtin, Options};

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::AVERAGE_POOL_2D,
    name: "AveragePool2D",
    options: read_recipe,
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
            run: pool::mean,
        }))
    },
};

pub(super) fn read_recipe(op: &Operation) -> Result<Options> {
    options::write!(Pool2DOptions: Pool2DOptionsT {
            padding: options::padding(op)?,
            stride_w: options::int(op, "stride_w")?,
            stride_h: options::int(op, "stride_h")?,
            filter_width: options::int(op, "filter_width")?,
            filter_height: options::int(op, "filter_height")?,
            fused_activation_function: options::activation(op)?,
        }
    )
}
