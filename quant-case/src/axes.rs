//! The axes along which tests are named: granularity, quantized type, stage; of checkpoints, device and method.

use std::fmt;
use std::str::FromStr;

/// How many scales a weight tensor has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Granularity {
    /// One scale and zero point for the whole tensor (`layer`).
    Layer,
    /// One scale and zero point for each output channel (`channel`).
    Channel,
}

/// The integer type that values are quantized to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum QuantType {
    /// Asymmetric, 0…255.
    Uint8,
    /// Symmetric, −32767…32767.
    Int16,
    /// Symmetric, −127…127; weights only.
    Int8,
    /// Symmetric, −7…7; weights only.
    Int4,
}

/// A stage of the pipeline whose result is compared with goldens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// Weights quantized and dequantized again.
    FakeQuantization,
    /// Minimum and maximum of every float activation over the recorded inputs.
    RecordMinmax,
    /// The quantized model.
    Quantization,
    /// The model with quantized weights and float activations.
    WoQuantization,
}

/// A device that checkpoints are quantized for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Device {
    /// MAX78000.
    Max78000,
    /// MAX78002.
    Max78002,
}

/// How a checkpoint's factors come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Method {
    /// By quantization-aware training: powers of two.
    Qat,
    /// The mean of the rows' extremes.
    Avgmax,
    /// The largest weight.
    Max,
    /// Two standard deviations around the mean.
    Stddev,
    /// The constant 0.85.
    Scale,
}

/// A word that is none of the words of its axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownWord {
    /// The word found.
    pub found: String,
    /// The words that are allowed.
    pub allowed: &'static [&'static str],
}

impl fmt::Display for UnknownWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is none of {}", self.found, self.allowed.join(", "))
    }
}

impl std::error::Error for UnknownWord {}

macro_rules! words {
    ($axis:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl $axis {
            /// Every value, in the order in which folders and tests list them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word used in lists, folders and flags.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl fmt::Display for $axis {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.word())
            }
        }

        impl FromStr for $axis {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(UnknownWord { found: word.to_owned(), allowed: &[$($word),+] }),
                }
            }
        }
    };
}

words!(Granularity { Layer = "layer", Channel = "channel" });
words!(QuantType { Uint8 = "uint8", Int16 = "int16", Int8 = "int8", Int4 = "int4" });
words!(Stage {
    FakeQuantization = "fake_quantization",
    RecordMinmax = "record_minmax",
    Quantization = "quantization",
    WoQuantization = "wo_quantization",
});
words!(Device { Max78000 = "max78000", Max78002 = "max78002" });
words!(Method { Qat = "qat", Avgmax = "avgmax", Max = "max", Stddev = "stddev", Scale = "scale" });
