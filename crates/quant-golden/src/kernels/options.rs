//! Options of an operation.

use quant_case::recipe::{Operation, OptionValue};

/// An integer option.
pub fn int(op: &Operation, name: &str) -> Result<i64, String> {
    match op.option(name) {
        Some(OptionValue::Int(x)) => Ok(*x),
        _ => Err(format!("{} has no `{name}`", op.kind)),
    }
}

/// A float option.
pub fn float(op: &Operation, name: &str) -> Result<f64, String> {
    match op.option(name) {
        Some(OptionValue::Float(x)) => Ok(f64::from(*x)),
        _ => Err(format!("{} has no `{name}`", op.kind)),
    }
}
