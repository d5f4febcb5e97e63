//! Is a quantized model good enough? Its outputs beside those of the float model, on a few records.

use std::fmt;

use quant_ir::error::Result;
use quant_ir::value::Value;
use quant_ir::{DType, Model};

use crate::metrics::{self, Errors, Metric, Side};
use crate::quantized::fake;
use crate::quantized::running::{Executed, Execution, Running};
use crate::record::Records;

/// Records that are run at most.
pub const RECORDS: usize = 32;

/// Elements of outputs that may wait for the other model's, 64 MiB of floats.
const MAX_WAITING: usize = 1 << 24;

/// Below this ratio of signal to noise, in decibels, an output is far off: its error has a tenth of its energy.
const FAR_SQNR: f64 = 10.0;

/// Below this part of records with the same top-1, an output is far off, when there is noise enough to decide it:
const FAR_TOP1: f64 = 0.9;

/// below this ratio of signal to noise. With less, the largest elements were as good as equal, or are no classes.
const NEAR_SQNR: f64 = 20.0;

/// Below this part of equal elements, an output that is no float is far off, unless it is near as numbers are.
const FAR_EQUAL: f64 = 0.9;

/// What was found.
#[derive(Clone, Debug)]
pub struct Check {
    /// How many records were run.
    pub records: usize,
    /// How the quantized model was executed.
    pub executed: Executed,
    /// The outputs, in the order of the float model.
    pub outputs: Vec<Output>,
}

/// One output; displayed as its error in words.
#[derive(Clone, Debug)]
pub struct Output {
    /// Its label in the float model.
    pub name: String,
    /// Whether it is float32 in the float model.
    pub float: bool,
    /// How far it is off.
    pub errors: Errors,
    /// In how many records the largest element is the same, where the output is one list of classes.
    pub agree: Option<usize>,
}

/// Runs both models, the quantized one as `execution` wants it, on at most [`RECORDS`] records, spread over all. `progress` is told each record of each model that has
/// run: twice as many as [`records`] says.
///
/// The models run one after the other, and the values of the float model's outputs wait for the other's: an interpreter has
/// all weights as its kernels want them, which take as much memory as the float model. Outputs of more than 64 MiB in all do
/// not wait: both models run at once.
///
/// # Errors
/// No records; the quantized model runs neither in integers nor simulated, or one of the two fails.
pub fn run(
    float: &Model,
    quantized: &Model,
    execution: Execution,
    records: &dyn Records,
    threads: usize,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Check> {
    let few = Few::new(records, RECORDS);
    let graph = float.main();
    let plain = Side::float(float, &few);
    let pairs = |other: &Model| -> Vec<_> {
        let outputs = graph.outputs().iter().copied();
        outputs.zip(other.main().outputs().iter().copied()).collect()
    };
    let waiting = graph
        .outputs()
        .iter()
        .filter_map(|id| graph.tensor(*id).elements());
    // Before the float model runs for nothing.
    let executed = Executed::of(quantized, execution, |_| {
        (few.count > 0).then(|| few.get(0)).transpose()
    })?;
    if matches!(executed, Executed::Simulated { .. }) {
        fake::check(quantized)?;
    }
    let made = || Running::new(quantized, executed.clone());
    let errors = if waiting.sum::<usize>().saturating_mul(few.count) <= MAX_WAITING {
        let values = metrics::values(plain, graph.outputs(), threads, progress)?;
        let running = made()?;
        let pairs = pairs(&running.model);
        metrics::compare_with(
            (float, &values),
            Side::of(&running, &few),
            &pairs,
            threads,
            progress,
        )?
    } else {
        let running = made()?;
        let pairs = pairs(&running.model);
        metrics::compare(
            plain,
            Side::of(&running, &few),
            &pairs,
            threads,
            &|record, _, _| {
                progress(record);
                progress(record);
                Ok(())
            },
        )?
    };
    let labels = graph.labels();
    let outputs = graph.outputs().iter().zip(errors).map(|(id, errors)| {
        let tensor = graph.tensor(*id);
        let classes = tensor
            .shape
            .last()
            .and_then(|d| usize::try_from(*d).ok())
            .unwrap_or(0);
        let is_list = classes > 1 && errors.elements == classes * errors.records;
        // As many values as an input has are that input again, as of an autoencoder.
        let again = graph
            .inputs()
            .iter()
            .any(|input| graph.tensor(*input).elements() == Some(classes));
        let share = errors.metric(Metric::Top1).filter(|_| is_list && !again);
        Output {
            name: labels[id.0].clone(),
            float: tensor.dtype == DType::Float32,
            // The share is of records that agree or do not.
            agree: share.map(|share| (share * errors.records as f64 + 0.5) as usize),
            errors,
        }
    });
    Ok(Check {
        records: few.count,
        executed,
        outputs: outputs.collect(),
    })
}

/// How many of so many records are run.
pub fn records(all: usize) -> usize {
    all.min(RECORDS)
}

impl Check {
    /// Whether an output is far off.
    pub fn is_far(&self) -> bool {
        self.outputs.iter().any(Output::is_far)
    }
}

impl Output {
    /// Whether it is far off: its SQNR is below 10 dB, or below 20 dB with a top-1 that agrees in fewer than nine of ten
    /// records; of an output that is no float, below 20 dB with fewer than nine of ten elements that are equal.
    pub fn is_far(&self) -> bool {
        let Some(sqnr) = self.errors.sqnr() else {
            return false;
        };
        if !self.float {
            return !self.is_mostly_equal() && sqnr < NEAR_SQNR;
        }
        let other = self
            .agree
            .is_some_and(|agree| (agree as f64) < FAR_TOP1 * self.errors.records as f64);
        sqnr.is_nan() || sqnr < FAR_SQNR || (other && sqnr < NEAR_SQNR)
    }

    /// Whether nine of ten elements or more are equal: classes and booleans are right or wrong, and not near.
    pub fn is_mostly_equal(&self) -> bool {
        self.errors.equal as f64 >= FAR_EQUAL * self.errors.elements as f64
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.float, self.errors.sqnr()) {
            (true, Some(sqnr)) if sqnr == f64::INFINITY => write!(f, "no error")?,
            (true, Some(sqnr)) => write!(f, "SQNR {sqnr:.1} dB")?,
            (true, None) => write!(f, "all zeros")?,
            (false, _) => write!(
                f,
                "{} of {} elements equal, mean error {:.3}",
                self.errors.equal,
                self.errors.elements,
                self.errors.metric(Metric::Mae).unwrap_or(0.0)
            )?,
        }
        match self.agree.filter(|_| self.float) {
            Some(agree) => write!(f, ", top-1 agrees in {agree} of {} records", self.errors.records),
            None => Ok(()),
        }
    }
}

/// Some of the records, at equal distances.
pub(crate) struct Few<'a> {
    all: &'a dyn Records,
    count: usize,
}

impl<'a> Few<'a> {
    /// At most so many.
    pub(crate) fn new(all: &'a dyn Records, most: usize) -> Self {
        Self {
            all,
            count: all.len().min(most),
        }
    }
}

impl Records for Few<'_> {
    fn len(&self) -> usize {
        self.count
    }

    fn get(&self, index: usize) -> Result<Vec<Value>> {
        self.all.get(index * self.all.len() / self.count.max(1))
    }
}
