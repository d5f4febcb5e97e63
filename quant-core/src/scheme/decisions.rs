//! What a family of quantizers decides when the passes of [`super::pass`] do its work.

use std::fmt;

use quant_ir::error::{Place, Result};
use quant_ir::{Builtin, DType, Operator};
use quant_numeric::affine::Affine;
use quant_types::{Granularity, QuantType};

use super::rule::{OutputRange, Table};
use super::setting::{Encoding, Setting};

/// The decisions of a family of quantizers.
pub trait Decisions: fmt::Debug + Send + Sync {
    /// What it does with each operator.
    fn table(&self) -> &'static Table;

    /// What the two words of a list, of a configuration's layer and of a command line stand for.
    fn setting(&self, dtype: QuantType, granularity: Granularity) -> Setting;

    /// Whether it has such a setting.
    ///
    /// # Errors
    /// It has not; `place` says whose setting it is.
    fn check(&self, place: &Place, setting: &Setting) -> Result<()>;

    /// How activations of an element type are encoded; `None` when it makes no such activations.
    fn activations(&self, dtype: DType) -> Option<Encoding>;

    /// Parameters of an activation with that range, or of a constant beside activations.
    fn activation(&self, encoding: Encoding, min: f32, max: f32) -> Affine;

    /// Parameters of weights with that range: of all of them, of a channel, or of a block.
    fn weights(&self, encoding: Encoding, min: f32, max: f32) -> Affine;

    /// What a value of a parameter along the channels (gamma, beta, alpha) becomes when each channel has a scale;
    /// `None` when the family has no such parameters.
    fn parameter(&self, _encoding: Encoding, _value: f32) -> Option<Parameter> {
        None
    }

    /// Where the range of an operator's output comes from: what the table says, unless its options say more.
    fn output(&self, operator: &Operator) -> OutputRange {
        self.table().rule(operator.code.builtin).output
    }

    /// What happens to operators that the table does not know.
    fn unruled(&self) -> Unruled {
        Unruled::Refuse
    }

    /// Whether an operator was asked to stay float, with the names of its outputs. The passes of a scheme that says so must
    /// have those of [`super::pass::islands`].
    fn stays_float(&self, _operator: Builtin, _outputs: &[&str]) -> bool {
        false
    }

    /// Constants of this or less stand for "no value", as the lowest float does.
    fn lowest(&self) -> Option<f32> {
        None
    }
}

/// A value that has a scale of its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parameter {
    /// The integer.
    pub q: i64,
    /// The scale.
    pub scale: f32,
    /// The zero point.
    pub zero_point: i64,
}

/// What happens to operators that read or make float activations although no rule covers them (Sin, HardSwish, a
/// custom operator, …).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unruled {
    /// An error that names them: no kernel is known to take such integers.
    #[default]
    Refuse,
    /// They stay float, between a Dequantize and a Quantize. The passes of a scheme that says so must have those of
    /// [`super::pass::islands`].
    Float,
    /// Their activations become integers like any other, as in ONE's circle-quantizer. A float constant that one reads
    /// is an error, and so is a setting of its own. [`crate::quantize::unruled::of`] tells which they are.
    Quantize,
}
