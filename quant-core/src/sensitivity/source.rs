//! Where errors come in, and what tensors are.

use quant_ir::TensorId;
use quant_ir::value::Value;

/// Where an error comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Input(TensorId),
    Operator(usize),
}

/// Values of tensors; `None` for constants, and what nothing made.
pub type Values = Vec<Option<Value>>;

/// How many of the sources come in before an operator.
pub fn begun(sources: &[Source], before: usize) -> usize {
    sources.partition_point(|source| match source {
        Source::Input(_) => true,
        Source::Operator(index) => *index < before,
    })
}
