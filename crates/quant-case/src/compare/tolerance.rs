//! How far a value may be from its golden.

use std::fmt;

use crate::Stage;
use crate::golden::{Numbers, Tensor};

/// How complete a golden has to be, and how near the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    /// Golden and result have the same keys, and only what float kernels and sums may move is tolerated
    /// (the project's own goldens).
    Exact,
    /// The original's comparison of its goldens: only keys of the golden are compared, `min` and `max` of a
    /// quantized tensor are not, a zero point of one value stands for all channels, a scalar may be written
    /// as a list, and its tolerances hold.
    Present,
}

impl Strictness {
    pub(super) fn tolerance(self, key: &str, stage: Stage, got: &Tensor) -> Tolerance {
        let bias = matches!(got.dtype.as_deref(), Some("int32" | "int64"));
        let wide = got.dtype.as_deref() == Some("int64");
        let integers = matches!(got.weights, Some(Numbers::Int(_)));
        match (self, key) {
            (_, "quantized_dimension") | (Self::Exact, "zero_point") => Tolerance::Equal,
            (_, "weights") if integers && got.scale.is_none() => Tolerance::Equal,
            (_, "weights") if integers && wide => Tolerance::Steps(5),
            (Self::Exact, "weights") if integers && !bias => Tolerance::Equal,
            (_, "weights") if integers => Tolerance::Steps(1),
            (Self::Present, "zero_point") => Tolerance::Steps(1),
            (Self::Exact, _) if stage == Stage::FakeQuantization => Tolerance::LAST_BITS,
            (Self::Exact, "scale") => Tolerance::RELATIVE,
            _ => Tolerance::FLOAT,
        }
    }
}

/// How far a value may be from its golden.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tolerance {
    /// `|got − golden| ≤ absolute + relative · |golden|`.
    Close {
        /// Absolute part.
        absolute: f64,
        /// Relative part.
        relative: f64,
    },
    /// `|got − golden| ≤ steps`, in integers.
    Steps(u32),
    /// Equal.
    Equal,
}

impl Tolerance {
    /// The tolerance of ONE's comparison for float values.
    pub const FLOAT: Self = Self::Close {
        absolute: 1e-5,
        relative: 1e-5,
    };

    /// A scale may be 1e-9, where an absolute tolerance would let everything pass.
    pub const RELATIVE: Self = Self::Close {
        absolute: 0.0,
        relative: 1e-5,
    };

    /// What depends on constants alone; a step of int16 is 3e-5 of the range.
    pub const LAST_BITS: Self = Self::Close {
        absolute: 0.0,
        relative: 1e-6,
    };

    pub(super) fn allows(self, golden: f64, got: f64) -> bool {
        match self {
            Self::Close { absolute, relative } => (got - golden).abs() <= absolute + relative * golden.abs(),
            Self::Steps(steps) => (got - golden).abs() <= f64::from(steps),
            Self::Equal => got == golden,
        }
    }
}

impl fmt::Display for Tolerance {
    /// As a row says it: `absolute 1e-5 relative 1e-5`, `steps 1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Close { absolute, relative } => {
                let parts = [("absolute", absolute), ("relative", relative)];
                let said = parts.iter().filter(|(_, x)| **x > 0.0);
                let said: Vec<String> = said.map(|(how, x)| format!("{how} {x:?}")).collect();
                f.write_str(&said.join(" "))
            }
            Self::Steps(steps) => write!(f, "steps {steps}"),
            Self::Equal => f.write_str("equal"),
        }
    }
}
