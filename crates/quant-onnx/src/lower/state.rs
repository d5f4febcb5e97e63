//! What is known on the way through a model.

use std::collections::BTreeMap;

use quant_ir::{DType, Error, Problem, QuantParam, Result};
use quant_lower::{Builder, Stored};

use super::functions::Functions;

/// Values by their names, as far as they are made.
pub(super) type Values = BTreeMap<String, Stored>;

/// What the integers of a value mean.
#[derive(Clone, Debug)]
pub(super) struct Ints {
    pub params: QuantParam,
    /// Int8, uint8 or int16.
    pub dtype: DType,
}

/// What a value is that is no plain float.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The integers of an activation, or their zero point, as floats.
    Integers,
    /// What stands for them.
    Real,
    /// A scale that is 1 here.
    Scale,
    /// Sums of products of integers.
    Sums,
    /// The same without the scale of the activation.
    Unscaled,
}

/// The model while its nodes are lowered.
pub(super) struct GraphLowering {
    pub opsets: BTreeMap<String, i64>,
    pub functions: Functions,
    /// Values that stand for integers, by name; each is the float behind its pair.
    pub integers: BTreeMap<String, Ints>,
    /// Values that are no plain floats: those of what is quantized when the model runs.
    pub parts: BTreeMap<String, Part>,
    /// Whether that is quantized here, too ([`quant_lower::Lowering::dynamic`]).
    pub dynamic: bool,
    /// Functions around the node.
    pub depth: usize,
    pub builder: Builder,
}

/// Refuses a node for a reason; whoever calls says the place.
pub(super) fn refuse<T>(what: impl Into<String>, hint: &str) -> Result<T> {
    Err(Error::new("", Problem::Unsupported(what.into()), hint))
}
