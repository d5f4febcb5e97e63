//! A row of the list: model, granularity, type and attributes.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

use std::fmt;

use crate::attributes::Attributes;
use crate::names;
use crate::onnx;
use crate::recipe::{Operand, Recipe};
use crate::tflite::{self, BuiltIn, Flavour};
use crate::word::Word;
use crate::{Granularity, QuantType, Stage, operators};

/// A row of the list.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its directive.
    pub kind: RowKind,
    /// The model: a folder of `recipes/`.
    pub model: String,
    /// Granularity; of addRecipeTest [`tflite::RECIPE`].
    pub granularity: Word,
    /// Type; of addRecipeTest the name of the recipe.
    pub dtype: Word,
    /// The stages that its combination of granularity and type is declared for, behind ONE's own.
    pub declared: Vec<Stage>,
    /// What stands behind the brackets.
    pub attributes: Attributes,
    /// Line in the list, from 1.
    pub line: u32,
}

/// The directive of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// `addTest`: all stages with one setting.
    Test,
    /// `addQConfTest`: mixed precision by a configuration file.
    QConf,
    /// `addWeightsOnlyTest`: weights quantized, activations float.
    WeightsOnly,
    /// `addTFLiteTest`: TensorFlow Lite's quantizers.
    TFLite,
    /// `addRecipeTest`: a recipe of ai-edge-quantizer.
    Recipe,
    /// `addOnnxTest`: onnxruntime's quantizers.
    Onnx,
}

impl RowKind {
    /// The directive's name.
    pub fn directive(self) -> &'static str {
        match self {
            Self::Test => "addTest",
            Self::QConf => "addQConfTest",
            Self::WeightsOnly => "addWeightsOnlyTest",
            Self::TFLite => "addTFLiteTest",
            Self::Recipe => "addRecipeTest",
            Self::Onnx => "addOnnxTest",
        }
    }

    /// The word that tells its folder of goldens from others of the model.
    pub fn word(self) -> &'static str {
        match self {
            Self::Test | Self::WeightsOnly => "test",
            Self::QConf => "config",
            Self::TFLite | Self::Recipe => "tflite",
            Self::Onnx => "onnx",
        }
    }

    /// The directive of such a folder; the first of several.
    pub fn of_word(word: &str) -> Self {
        match word {
            "config" => Self::QConf,
            "tflite" => Self::TFLite,
            "onnx" => Self::Onnx,
            _ => Self::Test,
        }
    }

    /// Whether its rows are another's than ONE's: types of their own, records for all rows of a model, constants that are
    /// kept as they are.
    pub fn is_foreign(self) -> bool {
        self.is_tflite() || self == Self::Onnx
    }

    /// Whether its rows are TensorFlow Lite's or ai-edge-quantizer's.
    pub fn is_tflite(self) -> bool {
        matches!(self, Self::TFLite | Self::Recipe)
    }
}

impl Row {
    /// The folder of its inputs and goldens: the model, with `_config` behind it for addQConfTest, `_tflite` for
    /// addTFLiteTest and addRecipeTest, `_onnx` for addOnnxTest.
    pub fn folder(&self) -> String {
        match self.kind {
            RowKind::QConf => format!("{}_config", self.model),
            RowKind::TFLite | RowKind::Recipe => format!("{}{}", self.model, tflite::FOLDER),
            RowKind::Onnx => format!("{}{}", self.model, onnx::FOLDER),
            _ => self.model.clone(),
        }
    }

    /// The module of its tests: the folder in lower case, made a name that Rust takes.
    pub fn module(&self) -> String {
        names::module(&self.folder())
    }

    /// The name of the test of a stage: `module::granularity::type::stage`, with the tags behind.
    pub fn test_name(&self, stage: Stage) -> String {
        let name = format!("{}::{}::{}::{stage}", self.module(), self.granularity, self.dtype);
        self.attributes.named(&name)
    }

    /// The type of an addTFLiteTest.
    pub fn flavour(&self) -> Option<Flavour> {
        self.dtype.known().filter(|_| self.kind == RowKind::TFLite)
    }

    /// The recipe of an addRecipeTest.
    pub fn built_in(&self) -> Option<BuiltIn> {
        self.dtype.known().filter(|_| self.kind == RowKind::Recipe)
    }

    /// The type of an addOnnxTest.
    pub fn onnx(&self) -> Option<onnx::Type> {
        self.dtype.known().filter(|_| self.kind == RowKind::Onnx)
    }

    /// Whether its tests need records.
    pub fn needs_records(&self) -> bool {
        match self.kind {
            RowKind::Test | RowKind::QConf => true,
            RowKind::WeightsOnly => false,
            RowKind::TFLite => self.flavour().is_some_and(Flavour::is_calibrated),
            RowKind::Recipe => self.built_in().is_some_and(BuiltIn::is_calibrated),
            RowKind::Onnx => self.onnx().is_some_and(onnx::Type::is_calibrated),
        }
    }

    /// Whether granularity and type are no words of a package's own, and go together.
    pub fn is_ones(&self) -> bool {
        self.kind.is_foreign()
            || self.setting().is_ok() && refusal(self.kind, self.granularity, self.dtype).is_none()
    }

    /// Type and granularity as this project's quantizer and oracle know them.
    ///
    /// # Errors
    /// They are words of the list's own, or of another directive's.
    pub fn setting(&self) -> Result<(QuantType, Granularity), String> {
        let unknown = |word: Word| {
            format!(
                "`{word}` is a word of the list's own, which nothing here computes; quantize it with a quantizer of your own"
            )
        };
        if self.kind.is_foreign() {
            return Err(format!("{self} is not ONE's; quantize it as its directive says"));
        }
        let dtype = self.dtype.known().ok_or_else(|| unknown(self.dtype))?;
        let granularity = self
            .granularity
            .known()
            .ok_or_else(|| unknown(self.granularity))?;
        Ok((dtype, granularity))
    }

    /// The stages that the row tests: ONE's for a combination of ONE's, then the declared ones. Fake quantization is
    /// one when the model has weights.
    pub fn stages(&self, recipe: &Recipe) -> Vec<Stage> {
        let ones: &[Stage] = match self.kind {
            RowKind::Test if !self.is_ones() => &[],
            RowKind::Test => &[Stage::FakeQuantization, Stage::RecordMinmax, Stage::Quantization],
            RowKind::QConf => &[Stage::FakeQuantization, Stage::Quantization],
            RowKind::WeightsOnly => &[Stage::WoQuantization],
            _ if !self.attributes.remedies.is_empty() => {
                &[Stage::Remedies, Stage::Calibration, Stage::Quantization]
            }
            _ if self.needs_records() => &[Stage::Calibration, Stage::Quantization],
            RowKind::TFLite | RowKind::Recipe | RowKind::Onnx => &[Stage::Quantization],
        };
        let stages = ones.iter().chain(&self.declared).copied();
        stages
            .filter(|stage| *stage != Stage::FakeQuantization || has_weights(recipe))
            .collect()
    }
}

fn has_weights(recipe: &Recipe) -> bool {
    recipe.operations.iter().any(|operation| {
        let weights = operators::find(&operation.kind).and_then(|operator| operator.weights);
        weights.is_some_and(|weights| {
            let filter = operation
                .inputs
                .get(weights.filter)
                .and_then(|name| recipe.operand(name));
            filter.is_some_and(Operand::is_float_const)
        })
    })
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({} ", self.kind.directive(), self.model)?;
        if self.kind != RowKind::Recipe {
            write!(f, "{} ", self.granularity)?;
        }
        write!(f, "{})", self.dtype)
    }
}

/// What to write instead of a combination that ONE does not have.
pub(crate) fn refusal(kind: RowKind, granularity: Word, dtype: Word) -> Option<&'static str> {
    match (kind, granularity.known()?, dtype.known()?) {
        (
            RowKind::WeightsOnly,
            Granularity::Channel,
            QuantType::Int4 | QuantType::Int8 | QuantType::Int16,
        ) => None,
        (RowKind::WeightsOnly, Granularity::Layer, _) => {
            Some("weights-only quantization is channel-wise; write `channel`")
        }
        (RowKind::WeightsOnly, _, QuantType::Uint8) => {
            Some("weights-only quantization is symmetric; use int4, int8 or int16")
        }
        (_, Granularity::Layer, QuantType::Int16) => {
            Some("layer-wise quantization supports only uint8; write `channel int16` or `layer uint8`")
        }
        (_, _, QuantType::Int8 | QuantType::Int4) => {
            Some("this type is for addWeightsOnlyTest; use uint8 or int16")
        }
        _ => None,
    }
}
