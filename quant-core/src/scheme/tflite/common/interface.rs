//! Types of inputs and outputs.

use quant_ir::DType;
use quant_ir::error::{Error, Problem, Result};

use super::super::Options;

/// Refuses inputs and outputs of another type than float, for a flavour whose activations are floats.
///
/// # Errors
/// Another type is asked for.
pub fn float_only(options: &Options, flavour: &str) -> Result<()> {
    let both = [("input", options.input), ("output", options.output)];
    let other = both.into_iter().find(|(_, dtype)| *dtype != DType::Float32);
    other.map_or(Ok(()), |(end, dtype)| {
        Err(Error::new(
            format!("{end} type"),
            Problem::Option(format!(
                "{flavour} leaves activations in float, {dtype} is asked for"
            )),
            format!("leave the type of {end}s out, or use a scheme with integer activations"),
        ))
    })
}
