//! All that is asked of a quantizer beside model and data: what decides the bytes of the result.

use std::path::Path;

use clap::Args;
use quant_core::config::Config;
use quant_core::ir::FileFormat;
use quant_core::remedy::Remedy;
use quant_core::scheme::setting::{Encoding, Per, Setting};
use quant_core::{QuantType, Quantizer};

use super::{Choice, Recording};
use crate::failure::Result;

/// What is asked of a quantizer.
#[derive(Args)]
pub struct Quantizing {
    /// Which quantizer, and what is asked of it.
    #[command(flatten)]
    pub choice: Choice,
    /// Remedies that win accuracy back, separated by commas: cle, … (docs/remedies.md)
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = super::remedy)]
    pub remedies: Vec<Remedy>,
    /// How ranges are recorded.
    #[command(flatten)]
    pub recording: Recording,
}

impl Quantizing {
    /// The configuration, for a model and an output of a format; with `strict` no operator may stay float without being asked.
    pub fn config(&self, model: &Path, output: FileFormat, strict: bool) -> Result<Config> {
        self.recording.check()?;
        self.choice.config(model, output, false, strict)
    }

    /// A quantizer of that configuration, without data.
    ///
    /// # Errors
    /// Ranges that are the best for 256 levels beside activations of int16; a file of overrides that cannot be read.
    pub fn quantizer<'a>(&self, config: &Config) -> Result<Quantizer<'a>> {
        let recording = &self.recording;
        let overrides = recording.overrides()?;
        if self.is_wide(config)? {
            recording.check_levels(&overrides, config.scheme.name())?;
        }
        let quantizer = Quantizer::with(config.clone())
            .remedies(self.remedies.iter().copied())
            .threads(recording.threads)
            .floats(recording.kernels)
            .overrides(overrides);
        Ok(match (recording.observer, recording.asked()) {
            (Some(mode), _) => quantizer.observer(mode),
            (None, Some(mode)) => quantizer.mode(mode),
            (None, None) => quantizer,
        })
    }

    /// Whether activations become integers of 16 bits.
    ///
    /// # Errors
    /// A recipe that cannot be read.
    pub fn is_wide(&self, config: &Config) -> Result<bool> {
        let recipe = self.choice.recipe(false)?;
        Ok(has_int16(config) || recipe.is_some_and(|one| one.recipe.has_wide_activations()))
    }
}

/// Whether activations become integers of 16 bits.
fn has_int16(config: &Config) -> bool {
    let is_int16 = |setting: &Setting| setting.activations == Encoding::of(QuantType::Int16, Per::Tensor);
    let layers = config.layers.iter().map(|layer| &layer.setting);
    layers.chain([&config.setting]).any(is_int16) || config.scheme.name().contains("int16")
}
