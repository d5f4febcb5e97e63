//! Commands that quantize with remedies.

use quant_core::format;
use quant_core::ir::{FileFormat, Model};

use super::Case;
use super::commands::Commands;
use super::core_case::{self, data, show};
use super::process::{self, Folder};

/// Which of the two models is wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Made {
    /// The float one, as remedies leave it.
    Float,
    /// The quantized one.
    Quantized,
}

/// The model that the command writes.
pub(super) fn run<C: Commands>(case: &Case, made: Made) -> Result<Model, String> {
    if C::REMEDIES.is_empty() {
        return Err("the tool chain has no command REMEDIES; give one, or remove the row".to_owned());
    }
    let folder = Folder::new()?;
    let ending = match C::FORMAT {
        FileFormat::Circle => "circle",
        FileFormat::Tflite => "tflite",
    };
    let path = |name: &str| folder.path(&format!("{name}.{ending}"));
    process::write(
        &path("in"),
        &show(format::export(&core_case::float(case)?, C::FORMAT))?,
    )?;
    let data = data(case, &folder.path("text"))?;
    let words = process::words(C::REMEDIES, &[], &|word| {
        Some(match word {
            "in" | "out" | "float" => path(word).display().to_string(),
            "data" => data.display().to_string(),
            "type" => case.row.dtype.word().replace('_', "-"),
            "granularity" => case.row.granularity.word().to_owned(),
            "remedies" => case.row.attributes.remedies.join(","),
            _ => return None,
        })
    })?;
    process::run(&words, &folder, C::TIME_OUT)?;
    let bytes = process::read(&path(if made == Made::Float { "float" } else { "out" }))?;
    format::import(&bytes).map_err(|error| format!("the command wrote no valid model: {error}"))
}
