//! What the search ends with: a configuration, and the model of it.

use std::path::Path;

use quant_core::ir::Model;
use quant_core::mpq::{Layers, Search};
use serde_json::json;

use super::evaluate::Tried;
use crate::failure::{Failure, Result};
use crate::files;
use crate::table::number;

/// The end.
pub struct Outcome {
    default: &'static str,
    layers: Vec<String>,
    model: Option<Model>,
    what: String,
    reached: bool,
}

impl Outcome {
    /// uint8 is good enough.
    pub fn uint8(tried: Tried) -> Self {
        Self {
            default: "uint8",
            layers: Vec::new(),
            model: Some(tried.quantized),
            what: "uint8 reaches the target: no layer need be int16".to_owned(),
            reached: true,
        }
    }

    /// Only int16 comes near. Layers that cannot be named are uint8 with the configuration alone.
    pub fn int16(tried: Tried, layers: &Layers, target: f64) -> Self {
        Self {
            default: "int16",
            layers: layers.layers.iter().map(|layer| layer.name.clone()).collect(),
            what: "no mixed model can reach the target: quantize with --type int16".to_owned(),
            reached: tried.error <= target,
            model: Some(tried.quantized),
        }
    }

    /// The best mixed model.
    pub fn mixed(search: &Search, tried: Option<Tried>, target: f64) -> Self {
        let least = || {
            let errors = search.steps.iter().enumerate();
            errors
                .min_by(|(_, a), (_, b)| a.error.total_cmp(&b.error))
                .map(|(at, _)| at)
        };
        let reached = search.best.is_some();
        let best = search.best.or_else(least).and_then(|at| search.steps.get(at));
        let what = best.map_or_else(String::new, |step| {
            format!(
                "cut {}: {} int16 layers, error {}, target {}",
                step.cut,
                step.layers.len(),
                number(Some(step.error)),
                number(Some(target))
            )
        });
        Self {
            default: "uint8",
            layers: best.map(|step| step.layers.clone()).unwrap_or_default(),
            model: tried.map(|tried| tried.quantized),
            what,
            reached,
        }
    }

    /// Writes the configuration, and the model when it is wanted.
    pub fn write(self, output: &Path, model_path: Option<&Path>) -> Result {
        files::write(output, qconf(self.default, &self.layers).as_bytes())?;
        let mut lines = vec![format!(
            "best         {}\n{}: {} layers\n",
            self.what,
            output.display(),
            self.layers.len()
        )];
        if let (Some(path), Some(model)) = (model_path, &self.model) {
            let bytes = files::write_model(path, model)?;
            lines.push(format!("{}: {bytes} bytes\n", path.display()));
        }
        files::print(&lines.concat())?;
        if self.reached {
            return Ok(());
        }
        Err(Failure::Differs(format!(
            "{}: the target error was not reached; it holds the best that was found",
            output.display()
        )))
    }
}

/// A configuration of int16 layers. The default type stands there for readers; commands take it from `--type`.
pub fn qconf(default: &str, layers: &[String]) -> String {
    let entries = layers
        .iter()
        .map(|name| json!({"name": name, "dtype": "int16", "granularity": "channel"}));
    let qconf = json!({
        "default_quantization_dtype": default,
        "default_granularity": "channel",
        "layers": entries.collect::<Vec<_>>(),
    });
    format!("{qconf:#}\n")
}
