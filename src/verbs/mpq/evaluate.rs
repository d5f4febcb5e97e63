//! Models of one step: quantized as `quant run` would, and compared with the float model.

use std::path::Path;
use std::sync::Arc;

use quant_case::qconf::LayerConf;
use quant_case::{Granularity, QuantType};
use quant_core::config::Config;
use quant_core::ir::{FileFormat, Model};
use quant_core::metrics::{self, Metric, Side};
use quant_core::mpq::{End, Layers};
use quant_core::quantized::running::{Executed, Execution, Running};
use quant_core::record::{self, Mode, Records};
use quant_core::scheme::one::One;
use quant_core::{fake_quantize, format, quantize};
use serde_json::{Value, json};

use super::qconf::qconf;
use crate::failure::{Failure, Result};
use crate::json::Json;
use crate::options::Recording;
use crate::table::number;
use crate::{execution, files};

/// What every step needs.
pub struct Evaluator<'a> {
    /// What the float model is called.
    pub name: &'a Path,
    /// The float model.
    pub float: &'a Model,
    /// Its data.
    pub records: &'a dyn Records,
    /// How ranges are recorded.
    pub recording: &'a Recording,
    /// The quantizer.
    pub flags: One,
    /// What is measured.
    pub metric: Metric,
    /// How models are executed to be compared.
    pub execution: Execution,
    /// Where steps are kept.
    pub folder: Option<&'a Path>,
    /// The error to reach, once it is known.
    pub target: f64,
    /// Where what is found is told.
    pub json: &'a Json,
    /// The end that is int16 in mixed models.
    pub end: End,
    /// The models of one type.
    pub whole: Vec<UniformReport>,
    /// The mixed models so far.
    pub steps: Vec<StepReport>,
    /// The last mixed model whose error is below the target.
    pub best: Option<Candidate>,
}

/// A model of one type.
pub struct UniformReport {
    dtype: &'static str,
    error: f64,
    bytes: u64,
    executed: Executed,
}

impl UniformReport {
    /// It as JSON.
    pub fn json(&self) -> Value {
        json!({
            "type": self.dtype,
            "error": self.error,
            "bytes": self.bytes,
            "executed": execution::json(&self.executed),
        })
    }
}

/// A mixed model that was tried.
pub struct StepReport {
    end: End,
    /// Where the types change.
    pub cut: usize,
    /// How many layers are int16.
    pub layers: usize,
    /// Its error.
    pub error: f64,
    /// Its size.
    pub bytes: u64,
    executed: Executed,
}

impl StepReport {
    /// It as JSON.
    pub fn json(&self) -> Value {
        json!({
            "int16_at": self.end.word(),
            "cut": self.cut,
            "layers": self.layers,
            "error": self.error,
            "bytes": self.bytes,
            "executed": execution::json(&self.executed),
        })
    }
}

/// A model and its error.
pub struct Candidate {
    /// The quantized model.
    pub quantized: Model,
    /// Its error.
    pub error: f64,
    /// Its size as a file.
    pub bytes: u64,
    /// How it was executed.
    pub executed: Executed,
}

impl Evaluator<'_> {
    /// Makes the folder of the steps.
    pub fn prepare(&self) -> Result {
        match self.folder {
            Some(folder) => std::fs::create_dir_all(folder).map_err(|error| Failure::io(folder, &error)),
            None => Ok(()),
        }
    }

    /// The whole model in one type.
    pub fn whole(&mut self, dtype: QuantType) -> Result<Candidate> {
        let candidate = self.quantized(&self.config(dtype))?;
        self.whole.push(UniformReport {
            dtype: dtype.word(),
            error: candidate.error,
            bytes: candidate.bytes,
            executed: candidate.executed.clone(),
        });
        self.keep(dtype.word(), &qconf(dtype.word(), &[]), &candidate.quantized)?;
        Ok(candidate)
    }

    /// A uint8 model with int16 layers.
    pub fn mixed(&mut self, cut: usize, names: &[String]) -> Result<f64> {
        let candidate = self.with_int16(names)?;
        let name = format!("step-{}-cut-{cut}", self.steps.len() + 1);
        self.keep(&name, &qconf("uint8", names), &candidate.quantized)?;
        let error = candidate.error;
        self.steps.push(StepReport {
            end: self.end,
            cut,
            layers: names.len(),
            error,
            bytes: candidate.bytes,
            executed: candidate.executed.clone(),
        });
        if error < self.target {
            self.best = Some(candidate);
        }
        Ok(error)
    }

    /// A uint8 model with int16 layers, that is no step of a search.
    pub fn with_int16(&self, names: &[String]) -> Result<Candidate> {
        let mut config = self.config(QuantType::Uint8);
        if !names.is_empty() {
            config.add_layers(&[LayerConf {
                names: names.to_vec(),
                dtype: QuantType::Int16,
                granularity: Granularity::Channel,
                alternate: Vec::new(),
            }]);
        }
        self.quantized(&config)
    }

    /// One type for the whole model.
    fn config(&self, dtype: QuantType) -> Config {
        Config {
            scheme: Arc::new(self.flags.clone()),
            ..Config::new(dtype, Granularity::Channel)
        }
    }

    fn quantized(&self, config: &Config) -> Result<Candidate> {
        let within = |error: quant_core::Error| error.within(self.name.display());
        let mut quantized = self.float.clone();
        fake_quantize::run(&mut quantized, config).map_err(within)?;
        let options = self.recording.options(Mode::default(), self.flags.lowest)?;
        record::run(&mut quantized, self.records, &options, &|_| ()).map_err(within)?;
        quantize::run(&mut quantized, config).map_err(within)?;
        let running = self.running(&quantized)?;
        let outputs = self.float.main().outputs().iter().copied();
        let pairs: Vec<_> = outputs
            .zip(running.model.main().outputs().iter().copied())
            .collect();
        let errors = self.compare(&running, &pairs)?;
        let error = metrics::of_outputs(&errors, self.metric).filter(|error| error.is_finite());
        let error = error.ok_or_else(|| {
            Failure::Invalid(format!(
                "{}: its outputs have no finite {}; look at them with `quant infer`",
                self.name.display(),
                self.metric
            ))
        })?;
        // What TFLite cannot say, Circle can.
        let file = format::Export::new(&quantized, self.float.format)
            .or_else(|_| format::Export::new(&quantized, FileFormat::Circle));
        let bytes = file.map_err(within)?.len();
        Ok(Candidate {
            quantized,
            error,
            bytes,
            executed: running.how,
        })
    }

    /// A model of one step as it runs, to be compared with the float model.
    fn running(&self, model: &Model) -> Result<Running> {
        let first = |_: &Model| {
            (!self.records.is_empty())
                .then(|| self.records.get(0))
                .transpose()
        };
        let running = Running::of(model, self.execution, first);
        Ok(running.map_err(|error| error.within(self.name.display()))?)
    }

    fn compare(
        &self,
        running: &Running,
        pairs: &[(quant_core::ir::TensorId, quant_core::ir::TensorId)],
    ) -> Result<Vec<metrics::Errors>> {
        let errors = metrics::compare(
            Side::float(self.float, self.records),
            Side::of(running, self.records),
            pairs,
            self.recording.threads,
            &|_, _, _| Ok(()),
        );
        Ok(errors.map_err(|error| error.within(self.name.display()))?)
    }

    /// The half of the network whose activations have the larger errors in the uint8 model: visq's MPEIR, summed over
    /// what lies before and behind the middle depth.
    pub fn worse_end(&self, uint8: &Model, layers: &Layers) -> Result<End> {
        let running = self.running(uint8)?;
        let pairs = metrics::activations(self.float, uint8, &running);
        let errors = self.compare(&running, &pairs)?;
        let (mut front, mut back) = (0.0, 0.0);
        for ((id, _), errors) in pairs.iter().zip(errors) {
            let depth = match self.float.main().producer(*id) {
                Some(op) => layers.depths[op.0],
                None => Some(0),
            };
            let Some(depth) = depth else { continue };
            let sum = if 2 * depth < layers.last {
                &mut front
            } else {
                &mut back
            };
            *sum += errors.relaxed_mpeir().unwrap_or(0.0);
        }
        self.json.print(&format!(
            "MPEIR        {} in the front half, {} in the back half\n",
            number(Some(front)),
            number(Some(back))
        ))?;
        Ok(if front > back { End::Front } else { End::Back })
    }

    fn keep(&self, name: &str, qconf: &str, model: &Model) -> Result {
        let Some(folder) = self.folder else { return Ok(()) };
        files::write(&folder.join(format!("{name}.qconf.json")), qconf.as_bytes())?;
        let extension = match self.float.format {
            FileFormat::Circle => "circle",
            FileFormat::Tflite => "tflite",
        };
        // What TFLite cannot say, Circle can.
        let extension = match format::Export::new(model, self.float.format) {
            Ok(_) => extension,
            Err(_) => "circle",
        };
        let path = folder.join(format!("{name}.{extension}"));
        files::write_model_as(&path, model, files::format_of(&path)?)?;
        Ok(())
    }

    /// Writes the errors of all steps.
    pub fn write_errors(&self) -> Result {
        let Some(folder) = self.folder else { return Ok(()) };
        let steps = self.steps.iter().map(StepReport::json);
        let mut text = json!({
            "metric": self.metric.word(),
            "target": self.target,
            "steps": steps.collect::<Vec<_>>(),
        });
        for whole in &self.whole {
            text[whole.dtype] = json!(whole.error);
        }
        files::write(&folder.join("errors.json"), format!("{text:#}\n").as_bytes())
    }
}
