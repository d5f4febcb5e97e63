//! A recipe as a scheme.

use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::{DType, Model};

use super::hessian::Hessians;
use super::list::Recipe;
use super::quantize_with;
use crate::config::{Calibration, Config, Scheme};
use crate::fold;
use crate::record::Mode;
use crate::scheme::Kept;
use crate::scheme::setting::Setting;
use crate::scheme::tflite::Options;

/// A recipe, and what else is asked: what [`crate::Quantizer::scheme`] takes.
#[derive(Clone, Debug, Default)]
pub struct ByRecipe {
    /// What operators become.
    pub recipe: Recipe,
    /// What GPTQ takes ([`Hessians::gather`]).
    pub hessians: Hessians,
    /// `float`, `strict` and `compat`; the recipe says the rest.
    pub options: Options,
}

impl ByRecipe {
    /// With nothing asked but the recipe.
    pub fn new(recipe: Recipe) -> Self {
        Self {
            recipe,
            ..Self::default()
        }
    }
}

impl Scheme for ByRecipe {
    fn name(&self) -> &'static str {
        "tflite-recipe"
    }

    /// A moving average, as ai-edge-quantizer's calibrator keeps it; nothing, where activations stay float.
    fn calibration(&self) -> Calibration {
        if self.recipe.needs_ranges() {
            Calibration::Float(Mode::Exponential)
        } else {
            Calibration::None
        }
    }

    fn quantize(&self, model: &mut Model, config: &Config) -> Result<Vec<Kept>> {
        let refused = |what: &str, hint: &str| {
            let place = Place::named("scheme", self.name());
            Err(Error::new(place, Problem::Option(what.to_owned()), hint))
        };
        if config.setting != Setting::FLOAT32 || !config.layers.is_empty() {
            return refused(
                "the recipe says what layers become",
                "leave types, granularities and layers out",
            );
        }
        let mut ends = config.input_types.iter().chain(&config.output_types);
        if ends.any(|dtype| *dtype != DType::Float32) {
            return refused(
                "the recipe says what inputs and outputs become",
                "give entries for INPUT and OUTPUT in the recipe",
            );
        }
        fold::constants(model)?;
        quantize_with(model, &self.recipe, &self.hessians, &self.options)
    }
}
