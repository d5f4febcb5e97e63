//! The words of addTFLiteTest and addRecipeTest: types of TensorFlow Lite's quantizers, recipes of ai-edge-quantizer.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

use quant_types::words;

use crate::Granularity;
use crate::word::Word;

/// What the folders of records and goldens of such rows end in.
pub(crate) const FOLDER: &str = "_tflite";

/// The word that stands where others have a granularity: recipes say it themselves.
pub const RECIPE: Word = Word::new("recipe");

/// A type of addTFLiteTest: one of TensorFlow Lite's ways to quantize a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Flavour {
    /// Activations and weights int8, by the converter's quantizer.
    Int8,
    /// The same by the older quantizer.
    Int8Legacy,
    /// Activations int16, weights int8, biases int64.
    Int16x8,
    /// Weights int8, activations float: ranges are measured as the model runs.
    Dynamic,
    /// Constants float16.
    Float16,
    /// Activations and weights uint8, layer-wise.
    Uint8,
}

/// A recipe that ai-edge-quantizer has built in, by its name there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BuiltIn {
    /// Weights and activations int8.
    StaticWi8Ai8,
    /// Weights int8, activations int16.
    StaticWi8Ai16,
    /// Weights int8, activations quantized as the model runs.
    DynamicWi8Afp32,
    /// Weights int4, activations quantized as the model runs.
    DynamicWi4Afp32,
    /// Weights int8, dequantized before they are used.
    WeightOnlyWi8Afp32,
    /// Weights int4, dequantized before they are used.
    WeightOnlyWi4Afp32,
}

words!(Flavour {
    Int8 = "int8",
    Int8Legacy = "int8_legacy",
    Int16x8 = "int16x8",
    Dynamic = "dynamic",
    Float16 = "float16",
    Uint8 = "uint8",
});
words!(BuiltIn {
    StaticWi8Ai8 = "static_wi8_ai8",
    StaticWi8Ai16 = "static_wi8_ai16",
    DynamicWi8Afp32 = "dynamic_wi8_afp32",
    DynamicWi4Afp32 = "dynamic_wi4_afp32",
    WeightOnlyWi8Afp32 = "weight_only_wi8_afp32",
    WeightOnlyWi4Afp32 = "weight_only_wi4_afp32",
});

impl Flavour {
    /// Whether activations become integers, whose ranges come from records.
    pub const fn is_calibrated(self) -> bool {
        !matches!(self, Self::Dynamic | Self::Float16)
    }
}

impl BuiltIn {
    /// Whether activations become integers, whose ranges come from records.
    pub const fn is_calibrated(self) -> bool {
        matches!(self, Self::StaticWi8Ai8 | Self::StaticWi8Ai16)
    }
}

/// What to write instead of a combination that TensorFlow Lite does not have.
pub(crate) const fn refusal(granularity: Granularity, flavour: Flavour) -> Option<&'static str> {
    match (granularity, flavour) {
        (Granularity::Layer, Flavour::Float16) => {
            Some("float16 has no scale that a layer could share; write `channel float16`")
        }
        (Granularity::Channel, Flavour::Uint8) => {
            Some("uint8 is layer-wise; write `layer uint8` or `channel int8`")
        }
        _ => None,
    }
}
