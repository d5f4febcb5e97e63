//! Finding the right options in a model.

use quant_ir::error::{Error, Place, Problem};

/// The error for options of another operator.
pub fn mismatch(place: &Place, wanted: &str) -> Error {
    Error::new(
        place,
        Problem::Missing(format!("it does not carry {wanted}")),
        "write the options that belong to the operator",
    )
}

/// Takes the options of one kind out of a call: `read!(call, Conv2DOptions)`. Absent options are defaults.
macro_rules! read {
    ($call:expr, $kind:ident) => {
        match &$call.op.options.builtin() {
            quant_schema::BuiltinOptionsT::$kind(options) => (**options).clone(),
            quant_schema::BuiltinOptionsT::NONE => Default::default(),
            _ => {
                return Err($crate::ops::support::options::mismatch(
                    &$call.place(),
                    stringify!($kind),
                ))
            }
        }
    };
}

pub(crate) use read;
