//! What the search ends with: a configuration, and the model of it.

use std::path::Path;

use quant_core::format::Export;
use quant_core::ir::Model;
use quant_core::mpq::{End, Layers, Step};
use serde_json::json;

use super::evaluate::Candidate;
use super::qconf::qconf;
use crate::failure::{Failure, Result};
use crate::files;
use crate::json::Json;
use crate::size;
use crate::table::number;
use crate::used_files;

/// The end.
pub struct Outcome {
    default: &'static str,
    layers: Vec<String>,
    model: Model,
    error: f64,
    bytes: u64,
    end: Option<End>,
    what: String,
    reached: bool,
}

impl Outcome {
    /// uint8 is good enough.
    pub fn uint8(candidate: Candidate) -> Self {
        Self {
            default: "uint8",
            layers: Vec::new(),
            error: candidate.error,
            bytes: candidate.bytes,
            end: None,
            model: candidate.quantized,
            what: "uint8 reaches the target: no layer need be int16".to_owned(),
            reached: true,
        }
    }

    /// int16 reaches the target, and no mixed model that was tried does. Layers that cannot be named are uint8 with the
    /// configuration alone.
    pub fn int16(candidate: Candidate, layers: &Layers, target: f64) -> Self {
        Self {
            default: "int16",
            layers: layers.layers.iter().map(|layer| layer.name.clone()).collect(),
            what: format!(
                "int16, error {}, target {}: no mixed model is known to reach it, quantize with --type int16",
                number(Some(candidate.error)),
                number(Some(target))
            ),
            reached: candidate.error <= target,
            error: candidate.error,
            bytes: candidate.bytes,
            end: None,
            model: candidate.quantized,
        }
    }

    /// Neither type reaches the target: the one with the lesser error.
    pub fn none(uint8: Candidate, int16: Candidate, layers: &Layers, target: f64) -> Self {
        let error = uint8.error.min(int16.error);
        let outcome = if uint8.error < int16.error {
            Self::uint8(uint8)
        } else {
            Self::int16(int16, layers, target)
        };
        Self {
            what: format!(
                "{}, error {}, target {}: no mixed model was tried",
                outcome.default,
                number(Some(error)),
                number(Some(target))
            ),
            reached: false,
            ..outcome
        }
    }

    /// The best mixed model.
    pub fn mixed(end: End, step: &Step, candidate: Candidate, target: f64) -> Self {
        Self {
            default: "uint8",
            layers: step.layers.clone(),
            error: candidate.error,
            bytes: candidate.bytes,
            end: Some(end),
            model: candidate.quantized,
            what: format!(
                "cut {} at the {}: {} int16 layers, {}, error {}, target {}",
                step.cut,
                end.word(),
                step.layers.len(),
                size::short(candidate.bytes),
                number(Some(step.error)),
                number(Some(target))
            ),
            reached: true,
        }
    }

    /// A model whose int16 layers were named, not searched for.
    pub fn named(layers: Vec<String>, candidate: Candidate) -> Self {
        Self {
            default: "uint8",
            what: format!(
                "{} int16 layers, {}, error {}",
                layers.len(),
                size::short(candidate.bytes),
                number(Some(candidate.error))
            ),
            layers,
            error: candidate.error,
            bytes: candidate.bytes,
            end: None,
            model: candidate.quantized,
            reached: true,
        }
    }

    /// It as JSON.
    pub fn json(&self) -> serde_json::Value {
        json!({
            "default_type": self.default,
            "int16_at": self.end.map(End::word),
            "layers": self.layers,
            "error": self.error,
            "bytes": self.bytes,
            "reached": self.reached,
        })
    }

    /// The model.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Writes the configuration, and the model when it is wanted.
    pub fn write(&self, output: &Path, model: Option<(&Path, Export<'_>)>, json: &Json) -> Result {
        files::write(output, qconf(self.default, &self.layers).as_bytes())?;
        used_files::written(output);
        let mut lines = vec![format!(
            "best         {}\n{}: {} layers\n",
            self.what,
            output.display(),
            self.layers.len()
        )];
        if let Some((path, file)) = model {
            let bytes = files::save(path, &file)?;
            lines.push(format!("{}: {bytes} bytes\n", path.display()));
        }
        json.print(&lines.concat())
    }

    /// A failure when the target was not reached.
    pub fn reached(&self, output: &Path) -> Result {
        if self.reached {
            return Ok(());
        }
        Err(Failure::Differs(format!(
            "{}: the target error was not reached; it holds the best that was found",
            output.display()
        )))
    }
}
