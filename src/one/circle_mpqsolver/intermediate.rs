//! What `--save_intermediate` writes, under the original's names.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use quant_core::ir::Model;
use serde_json::json;

use crate::failure::{Failure, Result};
use crate::files;
use crate::one::number::general;
use crate::one::program;

/// The folder, if one is wanted, and the errors so far.
pub struct Intermediate {
    folder: Option<PathBuf>,
    model: String,
    errors: String,
    steps: usize,
}

impl Intermediate {
    /// Makes the folder.
    pub fn new(folder: Option<&Path>, model: &Path) -> Result<Self> {
        // The driver hands on the folder of a file without one as an empty word.
        let folder = folder.filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = folder {
            std::fs::create_dir_all(folder).map_err(|error| Failure::io(folder, &error))?;
        }
        Ok(Self {
            folder: folder.map(Path::to_owned),
            model: model.display().to_string(),
            errors: String::new(),
            steps: 0,
        })
    }

    /// The errors of the models of one type.
    pub fn begin(&mut self, uint8: f64, int16: f64) -> Result {
        self.error("Q8", uint8)?;
        self.error("Q16", int16)
    }

    /// One mixed model.
    pub fn step(&mut self, layers: &[String], model: &Model, error: f64) -> Result {
        self.steps += 1;
        let step = self.steps;
        if let Some(folder) = &self.folder {
            program::write_model(&folder.join(format!("quantized_{step}.mpq.circle")), model)?;
        }
        self.configuration(&format!("Configuration_{step}.mpq.json"), "uint8", layers)?;
        self.error(&step.to_string(), error)
    }

    /// The configuration of the output, and its error when it is known.
    pub fn finish(&mut self, default: &str, layers: &[String], error: Option<f64>) -> Result {
        self.configuration("FinalConfiguration.mpq.json", default, layers)?;
        match error {
            Some(error) => self.error("FINAL", error),
            None => Ok(()),
        }
    }

    fn configuration(&self, name: &str, default: &str, layers: &[String]) -> Result {
        let Some(folder) = &self.folder else { return Ok(()) };
        let entries = layers
            .iter()
            .map(|name| json!({"name": name, "granularity": "channel", "dtype": "int16"}));
        let text = json!({
            "default_quantization_dtype": default,
            "default_granularity": "channel",
            "model_path": self.model,
            "layers": entries.collect::<Vec<_>>(),
        });
        files::write(&folder.join(name), format!("{text:#}\n").as_bytes())
    }

    fn error(&mut self, tag: &str, error: f64) -> Result {
        let _ = writeln!(self.errors, "{tag} {}", general(error));
        match &self.folder {
            Some(folder) => files::write(&folder.join("errors.mpq.txt"), self.errors.as_bytes()),
            None => Ok(()),
        }
    }
}
