//! Errors that several files have.

use quant_ir::{Error, Problem};

/// The error of something that cannot be done.
pub(super) fn unsupported(what: impl Into<String>, hint: &'static str) -> Error {
    Error::new("", Problem::Unsupported(what.into()), hint)
}
