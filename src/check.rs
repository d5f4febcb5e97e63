//! Is it good enough? The outputs of a quantized model beside those of the float model, on a few of the records that
//! ranges came from.

use std::fmt;

use quant_core::ir::{DType, Model, head};
use quant_core::metrics::{self, Errors, Metric, Side};
use quant_core::record::Records;
use quant_core::value::Value;
use serde_json::json;

use crate::table::shortened;
use crate::{progress, simulate, size};

/// Records that are run at most.
pub const RECORDS: usize = 32;

/// Bytes of a float model from which on there is no comparison: it holds the weights of both models as floats, and again as
/// the kernels want them, about three times what `run` needs without it.
pub const LARGEST: u64 = 64 << 20;

/// Why a model of so many bytes is not compared.
pub fn too_large(bytes: u64) -> quant_core::Error {
    quant_core::Error::unsupported(
        "",
        format!(
            "the float model has {}, and a comparison takes about four times that in memory",
            size::short(bytes)
        ),
        "where there is room, ask `quant eval-diff`",
    )
}

/// Below this ratio of signal to noise, in decibels, an output is far off: its error has a tenth of its energy.
const FAR_SQNR: f64 = 10.0;

/// Below this part of records with the same top-1, an output is far off, when there is noise enough to decide it:
const FAR_TOP1: f64 = 0.9;

/// below this ratio of signal to noise. With less, the largest elements were as good as equal, or are no classes.
const NEAR_SQNR: f64 = 20.0;

/// What was found.
pub struct Check {
    /// How many records were run.
    pub records: usize,
    /// The outputs, in the order of the float model.
    pub outputs: Vec<Output>,
}

/// One output.
pub struct Output {
    /// Its label in the float model.
    pub name: String,
    float: bool,
    errors: Errors,
    /// In how many records the largest element is the same, where the output is one list of classes.
    agree: Option<usize>,
}

/// Runs both models on at most [`RECORDS`] records, spread over all.
///
/// # Errors
/// The quantized model has no form that computes with floats, or one of the two does not run.
pub fn run(
    float: &Model,
    quantized: &Model,
    records: &dyn Records,
    threads: usize,
) -> quant_core::Result<Check> {
    let fake = simulate::simulated(quantized)?.model;
    let few = Few {
        all: records,
        count: records.len().min(RECORDS),
    };
    let graph = float.main();
    let pairs: Vec<_> = graph
        .outputs
        .iter()
        .copied()
        .zip(fake.main().outputs.iter().copied())
        .collect();
    let side = |model| Side { model, records: &few };
    let bar = progress::bar("comparing", few.count);
    let errors = metrics::compare(side(float), side(&fake), &pairs, threads, &|_, _, _| {
        bar.inc(1);
        Ok(())
    });
    bar.finish_and_clear();
    let errors = errors?;
    let labels = graph.labels();
    let outputs = pairs.iter().zip(errors).map(|((id, _), errors)| {
        let tensor = graph.tensor(*id);
        let classes = tensor
            .shape
            .last()
            .and_then(|d| usize::try_from(*d).ok())
            .unwrap_or(0);
        let is_list = classes > 1 && errors.elements == classes * errors.records;
        // As many values as an input has are that input again, as of an autoencoder.
        let again = graph
            .inputs
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
        outputs: outputs.collect(),
    })
}

impl Check {
    /// Whether an output is far off.
    pub fn is_far(&self) -> bool {
        self.outputs.iter().any(Output::is_far)
    }
}

impl Output {
    fn is_far(&self) -> bool {
        let Some(sqnr) = self.errors.sqnr().filter(|_| self.float) else {
            return false;
        };
        let other = self
            .agree
            .is_some_and(|agree| (agree as f64) < FAR_TOP1 * self.errors.records as f64);
        sqnr.is_nan() || sqnr < FAR_SQNR || (other && sqnr < NEAR_SQNR)
    }

    /// The numbers, unrounded.
    pub fn json(&self) -> serde_json::Value {
        json!({
            "name": self.name,
            "sqnr": self.errors.sqnr(),
            "mae": self.errors.metric(Metric::Mae),
            "top1_agrees": self.agree,
            "far": self.is_far(),
        })
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", shortened(head(&self.name)))?;
        match (self.float, self.errors.sqnr()) {
            (true, Some(sqnr)) if sqnr == f64::INFINITY => write!(f, "no error")?,
            (true, Some(sqnr)) => write!(f, "SQNR {sqnr:.1} dB")?,
            (true, None) => write!(f, "all zeros")?,
            (false, _) => write!(
                f,
                "mean error {:.3}",
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
struct Few<'a> {
    all: &'a dyn Records,
    count: usize,
}

impl Records for Few<'_> {
    fn len(&self) -> usize {
        self.count
    }

    fn get(&self, index: usize) -> quant_core::Result<Vec<Value>> {
        self.all.get(index * self.all.len() / self.count.max(1))
    }
}
