//! Models of one step, and the search over them.

use std::path::Path;

use quant_case::qconf::LayerConf;
use quant_case::{Granularity, QuantType};
use quant_core::ir::{DType, FileFormat, Model};
use quant_core::metrics::{self, Metric};
use quant_core::mpq::{End, Layers, bisect};
use quant_core::quantized::running::{Execution, Running};
use quant_core::record::Records;

use super::intermediate::Intermediate;
use crate::failure::{Failure, Result};
use crate::one::number::general;
use crate::one::with_minmax;
use crate::outputs::{self, Side};
use crate::{files, options};

/// What every step needs.
pub struct Solver<'a> {
    /// What the float model is called.
    pub path: &'a Path,
    /// The float model with recorded ranges.
    pub float: &'a Model,
    /// Types of its inputs.
    pub input_types: Vec<DType>,
    /// Types of its outputs.
    pub output_types: Vec<DType>,
    /// What is kept of the steps.
    pub intermediate: Intermediate,
}

/// A quantized model and its error.
type Candidate = (Model, f64);

impl Solver<'_> {
    /// The model in a type, with int16 layers.
    pub fn quantized(&self, dtype: QuantType, layers: &[String]) -> Result<Model> {
        let mut config = with_minmax::flags().config(dtype, Granularity::Channel);
        config.input_types.clone_from(&self.input_types);
        config.output_types.clone_from(&self.output_types);
        if !layers.is_empty() {
            config.add_layers(&[LayerConf {
                names: layers.to_vec(),
                dtype: QuantType::Int16,
                granularity: Granularity::Channel,
                alternate: Vec::new(),
            }]);
        }
        let mut model = self.float.clone();
        with_minmax::run(&mut model, &config).map_err(|error| error.within(self.path.display()))?;
        Ok(model)
    }

    fn candidate(&self, records: &dyn Records, dtype: QuantType, layers: &[String]) -> Result<Candidate> {
        let quantized = self.quantized(dtype, layers)?;
        let running = |model: &Model| {
            let first = |_: &Model| (!records.is_empty()).then(|| records.get(0)).transpose();
            let running = Running::of(model, Execution::of(FileFormat::Circle), first);
            running.map_err(|error| error.within(self.path.display()))
        };
        let (float, other) = (running(self.float)?, running(&quantized)?);
        let side = |running| Side {
            path: self.path,
            running,
            records,
        };
        let outputs = outputs::compare(&side(&float), &side(&other), None, options::available())?;
        let errors: Vec<metrics::Errors> = outputs.into_iter().map(|(_, errors)| errors).collect();
        let error = metrics::of_outputs(&errors, Metric::Mae).filter(|error| error.is_finite());
        let error = error.ok_or_else(|| {
            Failure::Invalid(format!(
                "{}: its outputs have no finite error on this data; look at them with `quant infer`",
                self.path.display()
            ))
        })?;
        Ok((quantized, error))
    }

    /// The model with the fewest int16 layers at one end whose error is below the target, as far as the bisection
    /// finds it. uint8 when that is no worse than the target, int16 when nothing else reaches it.
    pub fn bisect(
        &mut self,
        records: &dyn Records,
        ratio: f64,
        end: &dyn Fn(&Layers) -> Result<End>,
    ) -> Result<Model> {
        files::print("\n>> Computing baseline qerrors\n")?;
        let (int16, int16_error) = self.candidate(records, QuantType::Int16, &[])?;
        files::print(&format!("Full int16 model qerror: {}\n", general(int16_error)))?;
        let (uint8, uint8_error) = self.candidate(records, QuantType::Uint8, &[])?;
        files::print(&format!("Full uint8 model qerror: {}\n", general(uint8_error)))?;
        self.intermediate.begin(uint8_error, int16_error)?;
        let target = int16_error + ratio * (uint8_error - int16_error);
        files::print(&format!("Target qerror: {}\n", general(target)))?;
        if uint8_error <= target || uint8_error <= int16_error {
            self.intermediate.finish("uint8", &[], Some(uint8_error))?;
            files::print("The best configuration is uint8 configuration\n")?;
            return Ok(uint8);
        }
        drop(uint8);
        if int16_error < target {
            let layers = Layers::of(self.float, &with_minmax::flags());
            let end = end(&layers)?;
            if let Some(found) = self.search(records, &layers, end, target)? {
                return Ok(found);
            }
        }
        self.intermediate.finish("int16", &[], Some(int16_error))?;
        files::print("The best configuration is int16 configuration\n")?;
        Ok(int16)
    }

    fn search(
        &mut self,
        records: &dyn Records,
        layers: &Layers,
        end: End,
        target: f64,
    ) -> Result<Option<Model>> {
        let (front, back) = match end {
            End::Front => ("Q16", "Q8"),
            End::Back => ("Q8", "Q16"),
        };
        files::print(&format!(
            "Front part will be {front}, while the rear will be {back}\n\n"
        ))?;
        let mut best = None;
        let search = bisect(layers, end, target, &mut |cut, names| {
            let (model, error) = self.candidate(records, QuantType::Uint8, names)?;
            self.intermediate.step(names, &model, error)?;
            let than = if error < target {
                "<"
            } else if error > target {
                ">"
            } else {
                "=="
            };
            files::print(&format!(
                "Qerror at depth {cut} is {} {than} target qerror ({})\n",
                general(error),
                general(target)
            ))?;
            if error < target {
                best = Some(model);
            }
            Ok::<f64, Failure>(error)
        })?;
        let found = search.best.and_then(|at| search.steps.get(at)).zip(best);
        let Some((step, model)) = found else {
            files::print("No mixed precision configuration reaches the target qerror\n")?;
            return Ok(None);
        };
        self.intermediate
            .finish("uint8", &step.layers, Some(step.error))?;
        files::print(&format!("Found the best configuration at depth {}\n", step.cut))?;
        Ok(Some(model))
    }
}
