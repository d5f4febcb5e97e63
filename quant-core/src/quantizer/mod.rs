//! The quantizer in one piece: what is wanted, step by step, and a model that becomes it.

mod builder;
mod cure;
mod event;
mod quantized;
mod ranges;

pub use event::{Event, Step, Warning};
pub use quantized::Quantized;

use std::sync::Arc;

use quant_interp::FloatProfile;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::{Bytes, DType, Model, format};
use quant_types::qconf::LayerConf;
use quant_types::{Granularity, QuantType};

use crate::check;
use crate::config::{Calibration, Config, Layer};
use crate::quantize::{precheck, unruled};
use crate::quantized::running::Execution;
use crate::record::recording::Recording;
use crate::record::{Fitted, Mode, Overrides, RandomRecords, Records};
use crate::remedy::{Remedy, Stage, take_ranges};
use crate::scheme::setting::Setting;
use crate::scheme::{self, Scheme, Unruled};
use crate::{fake_quantize, fold, quantize, sensitivity, weights_only};

/// Makes quantized models of float models: weights become what they will be, the model runs on records, ranges become
/// parameters, and the outputs of both models are compared.
///
/// What is not said is as `quant run` has it for a `.circle`: uint8, one scale for each output channel of weights, ranges from the 1st to the
/// 99th percentile of the records, as many threads as the machine has. The result does not depend on the threads.
///
/// ```
/// use ndarray::Array4;
/// use quant_core::record::ArrayRecords;
/// use quant_core::{Granularity, Quantizer};
///
/// # let recipe = quant_case::recipe::parse(r#"
/// #     operand { name: "image" type: FLOAT32 shape { dim: 1 dim: 4 dim: 4 dim: 1 } }
/// #     operand { name: "relu" type: FLOAT32 shape { dim: 1 dim: 4 dim: 4 dim: 1 } }
/// #     operation { type: "ReLU" input: "image" output: "relu" } input: "image" output: "relu""#)?;
/// # let file = quant_core::format::export(&quant_recipe::build(&recipe)?, quant_core::ir::FileFormat::Tflite)?;
/// // let file = std::fs::read("model.tflite")?;
/// let images = Array4::from_shape_fn((8, 4, 4, 1), |(n, y, x, _)| (n + y * x) as f32 / 16.0);
/// let quantized = Quantizer::new()
///     .granularity(Granularity::Layer)
///     .records(ArrayRecords::new(images.view())?)
///     .quantize(&file)?;
/// for warning in quantized.warnings() {
///     eprintln!("{warning}");
/// }
/// let bytes = quantized.circle()?; // std::fs::write("model.circle", quantized.circle()?)?;
/// assert_eq!(&bytes[4..8], b"CIR0");
/// assert!(quantized.check().unwrap().as_ref().is_ok_and(|check| !check.is_far()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub struct Quantizer<'a> {
    scheme: Arc<dyn Scheme>,
    wanted: Wanted,
    layers: Vec<LayerConf>,
    own_layers: Vec<Layer>,
    inputs: Vec<DType>,
    outputs: Vec<DType>,
    mode: Option<Mode>,
    as_scheme: bool,
    overrides: Overrides,
    recording: Option<Recording>,
    floats: FloatProfile,
    remedies: Vec<Remedy>,
    threads: usize,
    data: Data<'a>,
    check: bool,
    execution: Option<Execution>,
    tell: Box<dyn Fn(Event<'_>) + Sync + 'a>,
}

/// What operators become that no layer names.
#[derive(Clone, Copy)]
enum Wanted {
    /// What the scheme has when nobody says: uint8, one scale for each channel, where it has settings.
    Default,
    /// What the two words stand for in the scheme.
    Words(QuantType, Granularity),
    Setting(Setting),
}

/// What the model runs on.
enum Data<'a> {
    None,
    Records(Box<dyn Records + 'a>),
    Random { seed: u64, count: usize },
}

impl Default for Quantizer<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl Quantizer<'_> {
    /// With all defaults; records are still to be given.
    pub fn new() -> Self {
        Self {
            scheme: scheme::standard(),
            wanted: Wanted::Default,
            layers: Vec::new(),
            own_layers: Vec::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            mode: None,
            as_scheme: false,
            overrides: Overrides::default(),
            recording: None,
            floats: FloatProfile::default(),
            remedies: Vec::new(),
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            data: Data::None,
            check: true,
            execution: None,
            tell: Box::new(|_| ()),
        }
    }

    /// Quantizes a Circle or TFLite file.
    ///
    /// # Errors
    /// As [`Self::quantize_model`]; bytes that are no model.
    pub fn quantize(&self, file: &[u8]) -> Result<Quantized> {
        self.quantize_model(format::import(file)?)
    }

    /// The same of bytes that many share, as those of a mapped file: weights stay where they are.
    ///
    /// # Errors
    /// As [`Self::quantize`].
    pub fn quantize_shared(&self, file: &Bytes) -> Result<Quantized> {
        self.quantize_model(format::import_shared(file)?)
    }

    /// Quantizes a float model.
    ///
    /// # Errors
    /// No records; a model that is quantized already, or cannot be; records that do not fit it; layers that it does not have.
    /// That outputs cannot be compared is no error ([`Quantized::check`] says why).
    pub fn quantize_model(&self, mut float: Model) -> Result<Quantized> {
        let config = self.config();
        fold::constants(&mut float)?;
        let mut done = Quantized::new(float);
        self.remedy(&mut done)?;
        let decides = config.scheme.decisions().is_some();
        if decides && config.setting.activations.is_float() && config.layers.is_empty() {
            self.weights_only(&mut done, &config)?;
        } else {
            self.stages(&mut done, &config)?;
        }
        if self.check && !matches!(self.data, Data::None) {
            self.compare(&mut done)?;
        }
        Ok(done)
    }

    fn weights_only(&self, done: &mut Quantized, config: &Config) -> Result<()> {
        let mut model = done.source.clone();
        self.cure(done, &mut model, &|draft| {
            weights_only::run(draft, config).map(drop)
        })?;
        self.begin(Step::Quantize);
        done.model = model;
        if weights_only::run(&mut done.model, config)? == 0 {
            self.warn(done, Warning::NoWeights);
        }
        Ok(())
    }

    /// Weights, ranges, integers: as much of it as the scheme needs.
    fn stages(&self, done: &mut Quantized, config: &Config) -> Result<()> {
        let decisions = config.scheme.decisions();
        // Before anything runs, which may take long.
        if let Some(decisions) = decisions {
            precheck::operators(&done.source, decisions)?;
        }
        let calibration = config.scheme.calibration();
        let records = match calibration {
            Calibration::None => None,
            _ if self.recording.is_some() => None,
            _ => Some(self.open(&done.float)?),
        };
        if !precheck::has_float_activations(&done.float) {
            self.warn(done, Warning::Nothing);
        }
        let unruled = decisions
            .filter(|decisions| decisions.unruled() == Unruled::Quantize)
            .map(|decisions| unruled::of(&done.float, decisions));
        if let Some(unruled) = unruled.filter(|unruled| !unruled.is_empty()) {
            self.warn(done, Warning::Unruled(unruled));
        }
        let mut model = done.source.clone();
        if let Calibration::FakeQuantized(_) = calibration {
            self.begin(Step::FakeQuantize);
            fake_quantize::run(&mut model, config)?;
        }
        let asked = calibration != Calibration::None;
        if let (Some(recording), true) = (&self.recording, asked) {
            self.recorded(done, config, &mut model, recording)?;
        }
        if let (Calibration::Float(mode) | Calibration::FakeQuantized(mode), Some(records)) =
            (calibration, records)
        {
            self.record(done, config, &mut model, records.as_ref(), mode)?;
        }
        if !self.remedies.is_empty() {
            take_ranges(&mut done.source, &model);
        }
        if self.remedies.iter().any(|remedy| remedy.stage() == Stage::After) {
            model = self.cure_recorded(done, config, model)?;
        }
        self.begin(Step::Quantize);
        done.kept = quantize::run(&mut model, config)?;
        done.model = model;
        let known = done.warnings.iter().any(|one| matches!(one, Warning::Nothing));
        if !known && done.is_untouched() {
            self.warn(done, Warning::Untouched);
        }
        Ok(())
    }

    /// Compares the outputs of both models on some of the records, where [`Self::quantize`] was told not to.
    ///
    /// # Errors
    /// No records. That the models cannot be compared is no error ([`Quantized::check`] says why).
    pub fn compare(&self, done: &mut Quantized) -> Result<()> {
        let records = self.open(&done.float)?;
        self.begin(Step::Check);
        let execution = self
            .execution
            .unwrap_or_else(|| Execution::of_scheme(self.scheme.name()));
        let (float, model) = (&done.float, &done.model);
        let check = check::run(float, model, execution, records.as_ref(), self.threads, &|_| {
            (self.tell)(Event::Record(Step::Check));
        });
        if check.as_ref().is_ok_and(check::Check::is_far) {
            let options = sensitivity::Options {
                records: check::RECORDS,
                measures: sensitivity::Measures::ADDED,
                threads: self.threads,
            };
            // That no layer can be told leaves the comparison as it is.
            let found = sensitivity::run(&done.source, model, records.as_ref(), &options, &|_| ());
            done.worst = found.ok().and_then(|found| found.adds_most().cloned());
        }
        for output in check.iter().flat_map(|check| &check.outputs) {
            if output.is_far() {
                self.warn(done, Warning::Far(output.clone()));
            }
        }
        done.check = Some(check);
        Ok(())
    }

    /// The records, for a model.
    fn open(&self, model: &Model) -> Result<Box<dyn Records + '_>> {
        Ok(match &self.data {
            Data::Records(records) => Box::new(Fitted::new(records.as_ref(), model)),
            Data::Random { seed, count } => {
                Box::new(RandomRecords::new(model.main().input_tensors(), *seed, *count)?)
            }
            Data::None => {
                return Err(Error::new(
                    "records",
                    Problem::NoRecords,
                    "give data with `records`, or for a first try `random_records`",
                ));
            }
        })
    }

    fn begin(&self, step: Step) {
        (self.tell)(Event::Begin(step));
    }

    fn warn(&self, done: &mut Quantized, warning: Warning) {
        (self.tell)(Event::Warning(&warning));
        done.warnings.push(warning);
    }
}
