//! What a quantizer tells: where it is, and what somebody should know of the result.

use std::fmt;

use crate::check::Output;
use crate::quantize::squeezed::Squeezed;
use crate::quantize::unruled::{self, Group};
use crate::record::{NotNumbers, Note, Outlier};

/// What happens.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// A step begins; the one before has ended.
    Begin(Step),
    /// A record has run: once in [`Step::Record`], once for each of the two models in [`Step::Check`].
    Record(Step),
    /// Something was found; it is among [`super::Quantized::warnings`] too.
    Warning(&'a Warning),
}

/// A step of the work, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Remedies work on the float model.
    Remedies,
    /// Weights become what they will be after quantization.
    FakeQuantize,
    /// The model runs on data, and every activation's range is kept.
    Record,
    /// Weights and activations become integers.
    Quantize,
    /// The outputs of both models are compared.
    Check,
}

impl Step {
    /// The word for it, as in `fake-quantize`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Remedies => "remedies",
            Self::FakeQuantize => "fake-quantize",
            Self::Record => "record",
            Self::Quantize => "quantize",
            Self::Check => "check",
        }
    }
}

/// Something that makes a result worth less than it could be.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Warning {
    /// No activation of the model is float32: it stays as it was.
    Nothing,
    /// No weights were found to be quantized: the model stays as it was.
    NoWeights,
    /// Every operator computes in the types that it had: the model stays as it was.
    Untouched,
    /// Operators that no rule covers, and that are quantized all the same because the configuration wants it.
    Unruled(Vec<Group>),
    /// A record leaves the others next to none of the integers.
    Outlier(Outlier),
    /// Recording passed over values that are no numbers.
    NotNumbers(NotNumbers),
    /// A constant leaves the values beside it next to none of the integers.
    Squeezed(Squeezed),
    /// An output of the quantized model is far from the float model's.
    Far(Output),
}

impl From<Note> for Warning {
    fn from(note: Note) -> Self {
        match note {
            Note::Outlier(outlier) => Self::Outlier(outlier),
            Note::NotNumbers(values) => Self::NotNumbers(values),
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => {
                f.write_str("there is nothing to quantize: no activation of the model is float32")
            }
            Self::NoWeights => f.write_str(
                "nothing was quantized: no operator that the scheme quantizes weights of has a constant float filter",
            ),
            Self::Untouched => f.write_str("nothing was quantized: every operator computes in floats as before"),
            Self::Unruled(groups) => write!(
                f,
                "no rule quantizes {}: their activations are integers now like any other, and no kernel is known to take \
                 them; put other operators in their place before running the model",
                unruled::list(groups)
            ),
            Self::Outlier(outlier) => outlier.fmt(f),
            Self::NotNumbers(values) => values.fmt(f),
            Self::Squeezed(squeezed) => squeezed.fmt(f),
            Self::Far(output) => write!(
                f,
                "output `{}` is far from the float model's: {output}; try int16, or find the layers that need it",
                output.name
            ),
        }
    }
}
