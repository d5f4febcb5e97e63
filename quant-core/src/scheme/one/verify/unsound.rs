//! The error of every check here.

use crate::scheme::pass::Context;
use quant_interp::ops;
use quant_ir::Tensor;
use quant_ir::error::{Error, Problem};

/// `Wrong … detected`, with operator and tensor.
pub(super) fn wrong(context: &Context<'_>, op: usize, what: &str, tensor: &Tensor, detail: &str) -> Error {
    let place = ops::place(context.graph(), &context.graph().operators()[op]);
    Error::new(
        place,
        Problem::Unsound {
            what: what.to_owned(),
            tensor: tensor.name.clone(),
            detail: detail.to_owned(),
        },
        "the quantized model was not written",
    )
}
