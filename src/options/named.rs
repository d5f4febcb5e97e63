//! Quantizers by their names, as options.

use std::sync::Arc;

use clap::Args;
use quant_case::QuantType;
use quant_core::ir::FileFormat;
use quant_core::scheme::Scheme;
use quant_core::scheme::one::One;
use quant_core::scheme::tflite::{self, Flavour};

use crate::failure::{Failure, Result};

/// The word for TensorFlow Lite's quantizer of `--type`.
pub const TFLITE: &str = "tflite";

/// The name of a quantizer.
#[derive(Args)]
pub struct Named {
    /// Whose quantizer: one, tflite-int8, tflite-int16x8, … (docs/tflite.md has them all), or tflite for that of --type
    /// [default: by the output's name, tflite for .tflite and one for .circle]
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub scheme: Option<String>,
}

/// The names that `--scheme` takes.
fn names() -> Vec<&'static str> {
    let mut names = vec!["one", TFLITE];
    names.extend(tflite::FLAVOURS.iter().map(|kind| kind.name));
    names
}

fn name(word: &str) -> std::result::Result<String, String> {
    let names = names();
    if names.contains(&word) {
        Ok(word.to_owned())
    } else {
        Err(format!("schemes are {}", names.join(", ")))
    }
}

impl Named {
    /// The name that holds: by the format of the output, when nobody says. Fake-quantized weights are ONE's.
    pub fn of(&self, output: FileFormat, fake: bool) -> &str {
        match (&self.scheme, output) {
            (Some(name), _) => name,
            (None, FileFormat::Tflite) if !fake => TFLITE,
            (None, _) => "one",
        }
    }

    /// The scheme, with nothing asked of it.
    pub fn scheme(&self, output: FileFormat, fake: bool) -> Result<Arc<dyn Scheme>> {
        Ok(match self.of(output, fake) {
            "one" => Arc::new(One::default()),
            TFLITE => Arc::new(flavour(of_type(QuantType::Int8)?)?),
            name => Arc::new(flavour(name)?),
        })
    }
}

/// TensorFlow Lite's quantizer of a type of activations.
pub fn of_type(dtype: QuantType) -> Result<&'static str> {
    match dtype {
        QuantType::Int8 => Ok("tflite-int8"),
        QuantType::Int16 => Ok("tflite-int16x8"),
        QuantType::Uint8 => Ok("tflite-uint8"),
        QuantType::Int4 => Err(Failure::Usage(
            "--type int4: TensorFlow Lite has no activations of int4".to_owned(),
        )),
    }
}

pub fn flavour(name: &str) -> Result<Flavour> {
    tflite::named(name).ok_or_else(|| Failure::Usage(format!("--scheme {name}: it is not built in")))
}
