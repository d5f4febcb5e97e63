//! The error of a pair of another form.

use quant_interp::ops;
use quant_ir::Model;
use quant_ir::error::{Error, Problem};

/// At an operator of the main graph.
pub fn wrong(model: &Model, op: usize, what: impl Into<String>) -> Error {
    let operator = &model.main().operators()[op];
    Error::new(
        ops::place(model.main(), operator),
        Problem::NoRule(what.into()),
        "export uint8 or int16 pairs of QuantizeLinear and DequantizeLinear with constant scales",
    )
}
