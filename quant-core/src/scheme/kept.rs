//! Operators that stayed float, and why.

use std::fmt;

use quant_ir::Builtin;

/// An operator that computes in floats after quantization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Number of the graph in the float model.
    pub graph: usize,
    /// Number of the operator in that graph.
    pub operator: usize,
    /// What it is; a custom operator's own name.
    pub kind: String,
    /// Name of its first output.
    pub output: String,
    /// Why.
    pub why: Why,
}

/// Why an operator stayed float.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Why {
    /// It was asked to.
    Asked,
    /// The scheme has no rule for it.
    NoRule,
    /// The scheme has no rule for it with activations of 16 bits.
    NoRule16,
    /// The scheme covers it, but the runtime would compute it wrongly or refuse it.
    Unsafe(&'static str),
    /// This tensor has no recorded range.
    NoRange(String),
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asked => f.write_str("it was asked to stay float"),
            Self::NoRule => f.write_str("the scheme has no rule for it"),
            Self::NoRule16 => f.write_str("the scheme has no rule for it with 16-bit activations"),
            Self::Unsafe(why) => f.write_str(why),
            Self::NoRange(tensor) => write!(f, "`{tensor}` has no recorded range"),
        }
    }
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`: {}", self.kind, self.output, self.why)
    }
}

impl Kept {
    /// Whether the user asked for it.
    pub fn is_asked(&self) -> bool {
        self.why == Why::Asked
    }

    /// Of a built-in operator.
    pub fn new(graph: usize, operator: usize, kind: Builtin, output: &str, why: Why) -> Self {
        Self {
            graph,
            operator,
            kind: kind.to_string(),
            output: output.to_owned(),
            why,
        }
    }
}
