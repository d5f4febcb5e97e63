//! How quantized models are executed by the verbs that run them beside others: options, and what is told of it.

use std::path::Path;

use clap::Args;
use quant_core::interp::Profile;
use quant_core::ir::{FileFormat, Model};
use quant_core::quantized::running::{Executed, Execution, Running};
use quant_core::record::Records;
use serde_json::{Value, json};

use crate::failure::Result;
use crate::{files, frozen};

/// How quantized models are executed.
#[derive(Args)]
pub struct How {
    /// Whose integers a quantized model computes, bit for bit: litert-reference, litert, xnnpack, one, onert or onnxruntime [default:
    /// litert-reference for .tflite, one for .circle, onnxruntime for .onnx]. A model with an operator that has no kernel there is simulated
    #[arg(long, value_name = "RUNTIME", value_parser = runtime, conflicts_with = "simulate")]
    runtime: Option<Profile>,
    /// Simulate quantized models: floats that pass Quantize and Dequantize
    #[arg(long)]
    simulate: bool,
}

/// The runtime of a name.
pub fn runtime(name: &str) -> std::result::Result<Profile, String> {
    let found = Profile::ALL.into_iter().find(|profile| profile.name() == name);
    found.ok_or_else(|| {
        let names: Vec<&str> = Profile::ALL.iter().map(|profile| profile.name()).collect();
        format!("runtimes are {}", names.join(", "))
    })
}

impl How {
    /// Of a model that is in a file of that format.
    pub fn execution(&self, format: FileFormat) -> Execution {
        match self.runtime {
            _ if self.simulate => Execution::Simulated(None),
            Some(profile) => Execution::Integers(profile),
            None => Execution::of(format),
        }
    }

    /// Whether that is LiteRT's reference kernels.
    pub fn is_reference(&self, format: FileFormat) -> bool {
        matches!(
            self.execution(format),
            Execution::Integers(Profile::LitertReference)
        )
    }

    /// Of a model of that format that was read from a file.
    pub fn execution_of(&self, path: &Path, format: FileFormat) -> Execution {
        match self.runtime {
            None if !self.simulate && frozen::is_onnx(path) => Execution::of_onnx(),
            _ => self.execution(format),
        }
    }

    /// Reads a model as it is to run.
    pub fn model(&self, path: &Path) -> Result<Model> {
        let dynamic = matches!(self.runtime, None | Some(Profile::Onnxruntime));
        files::read_model_to_run(path, dynamic)
    }

    /// Reads a model that runs on the float model's data; `open` makes the records for it.
    pub fn read(
        &self,
        path: &Path,
        open: impl FnOnce(&Model) -> Result<Box<dyn Records>>,
    ) -> Result<Running> {
        let model = self.model(path)?;
        running(path, &model, self.execution_of(path, model.format), open)
    }
}

/// A model as it runs on the float model's data; `open` makes the records for it.
pub fn running(
    path: &Path,
    model: &Model,
    execution: Execution,
    open: impl FnOnce(&Model) -> Result<Box<dyn Records>>,
) -> Result<Running> {
    let how = Executed::of(model, execution, |model| {
        let records = open(model)?;
        if records.is_empty() {
            // Whoever compares says so.
            return Ok(None);
        }
        Ok::<_, crate::failure::Failure>(Some(records.get(0)?))
    })?;
    Ok(Running::new(model, how).map_err(|error| error.within(path.display()))?)
}

/// It as JSON.
pub fn json(executed: &Executed) -> Value {
    json!({
        "how": executed.word(),
        "runtime": executed.runtime().map(Profile::name),
        "why": executed.why(),
    })
}
