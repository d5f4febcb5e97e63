//! Which calibrator makes ranges of what was seen, and how it is set.

use std::ops;

use quant_ir::{Error, Problem, Result};
use serde_json::Value;

use super::ends::Ends;
use super::entropy::entropy;
use super::histogram::{Histogram, Kind};
use super::threshold::{outer, percentile};
use crate::quantize::number::Float;

/// A calibrator (`CalibrationMethod`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// Lowest and highest value.
    #[default]
    MinMax,
    /// The range whose quantized distribution is nearest.
    Entropy,
    /// A share of the values.
    Percentile,
    /// The outer edges of the histogram; mean and deviation are for 8-bit floats.
    Distribution,
}

/// Bins of onnxruntime's entropy calibrator.
const ENTROPY_BINS: usize = 128;

/// A calibrator and its options.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Calibration {
    /// `calibrate_method`.
    pub method: Method,
    /// `CalibTensorRangeSymmetric`; none: ranges of percentiles are symmetric, those of minimum and maximum are not.
    pub symmetric: Option<bool>,
    /// `CalibMovingAverage`.
    pub moving_average: bool,
    /// `CalibMovingAverageConstant`: what a batch weighs against those before.
    pub constant: f64,
    /// `CalibPercentile`.
    pub percentile: f64,
    /// `CalibStridedMinMax`: records of a batch; none: all are one.
    pub stride: Option<usize>,
    /// `CalibMaxIntermediateOutputs`, which throws full buffers away: only a faithful calibration heeds it.
    pub buffer: Option<usize>,
    /// Bins of a histogram; none: 128 for entropy and 2048 for the others. onnxruntime has no option for it.
    pub bins: Option<usize>,
    /// Bins that entropy merges into. onnxruntime has no option for it.
    pub quantized_bins: usize,
    /// Reproduces what onnxruntime gets wrong, too.
    pub faithful: bool,
}

impl Default for Calibration {
    fn default() -> Self {
        Self {
            method: Method::MinMax,
            symmetric: None,
            moving_average: false,
            constant: 0.01,
            percentile: 99.999,
            stride: None,
            buffer: None,
            bins: None,
            quantized_bins: 128,
            faithful: false,
        }
    }
}

impl Calibration {
    /// Sets an option by onnxruntime's name. False: there is none of that name.
    ///
    /// # Errors
    /// `Parse`: its value is of another kind.
    pub fn set(&mut self, name: &str, value: &Value) -> Result<bool> {
        let known = match name {
            "calibrate_method" => value.as_str().and_then(method).map(|method| self.method = method),
            "CalibTensorRangeSymmetric" => value.as_bool().map(|value| self.symmetric = Some(value)),
            "CalibMovingAverage" => value.as_bool().map(|value| self.moving_average = value),
            "CalibMovingAverageConstant" => {
                let value = value.as_f64().filter(|value| (0.0..=1.0).contains(value));
                value.map(|value| self.constant = value)
            }
            "CalibPercentile" => {
                let value = value.as_f64().filter(|value| (0.0..=100.0).contains(value));
                value.map(|value| self.percentile = value)
            }
            "CalibStridedMinMax" => count(value).map(|value| self.stride = value),
            "CalibMaxIntermediateOutputs" => count(value).map(|value| self.buffer = value),
            "num_bins" => count(value).map(|value| self.bins = value),
            "num_quantized_bins" => count(value).flatten().map(|value| self.quantized_bins = value),
            _ => return Ok(false),
        };
        known.map(|()| true).ok_or_else(|| {
            let problem = Problem::Parse(format!("`{name}` cannot be {value}"));
            Error::new(
                "options",
                problem,
                "docs/onnx-to-onnx.md lists the options, with onnxruntime's names",
            )
        })
    }

    /// The batches of so many records.
    ///
    /// # Errors
    /// `Count`: batches that do not come out even.
    pub fn batches(&self, records: usize) -> Result<Vec<ops::Range<usize>>> {
        let size = self.stride.unwrap_or(records).max(1);
        if !records.is_multiple_of(size) {
            let problem = Problem::Count(format!("{records} records are no batches of {size}"));
            return Err(Error::new(
                "`CalibStridedMinMax`",
                problem,
                "give a number that divides the records",
            ));
        }
        Ok((0..records)
            .step_by(size)
            .map(|start| start..start + size)
            .collect())
    }

    /// Whether the calibrator counts magnitudes, whose smallest its bins begin with ([`Ends::near`]).
    pub fn counts_magnitudes(&self) -> bool {
        self.method == Method::Percentile && self.symmetric.unwrap_or(true)
    }

    /// The histogram that the calibrator counts in, batch after batch; none for minimum and maximum, which have their range
    /// by [`Self::ends`].
    pub fn histogram(&self) -> Option<Histogram> {
        let kind = match self.method {
            Method::MinMax => return None,
            _ if self.counts_magnitudes() => Kind::Absolute,
            _ => Kind::Value,
        };
        let usual = if self.method == Method::Entropy {
            ENTROPY_BINS
        } else {
            2048
        };
        Some(Histogram::new(kind, self.bins.unwrap_or(usual).max(1)))
    }

    /// Whether the range of so many records depends on what a histogram counted, and not on its edges alone: entropy of no more
    /// bins than it merges into keeps all of them, and a distribution's range is its outer edges.
    pub fn needs_counts(&self, records: usize) -> bool {
        match self.method {
            Method::MinMax | Method::Distribution => false,
            Method::Percentile => true,
            Method::Entropy => {
                let one = self.stride.is_none_or(|stride| stride >= records);
                !one || self.bins.unwrap_or(ENTROPY_BINS) > self.quantized_bins
            }
        }
    }

    /// The range that a histogram comes to.
    pub fn threshold(&self, histogram: &Histogram, float: Float) -> (f32, f32) {
        match self.method {
            Method::MinMax => (histogram.ends.low, histogram.ends.high),
            Method::Entropy => entropy(histogram, self.quantized_bins.max(2), float),
            Method::Percentile => percentile(histogram, self.percentile, self.symmetric.unwrap_or(true)),
            Method::Distribution => outer(histogram),
        }
    }

    /// The range of minima and maxima, record after record; none when no record has a number.
    pub fn ends(&self, records: &[Ends], float: Float) -> Option<(f32, f32)> {
        let batches = self.batches(records.len()).ok()?;
        let mut range: Option<(f32, f32)> = None;
        for batch in batches {
            let mut of = records.get(batch)?;
            if self.faithful
                && let Some(buffer) = self.buffer
            {
                of = of.get(of.len() / buffer * buffer..)?;
            }
            let Some((low, high)) = self.batch(of, float) else {
                continue;
            };
            range = Some(match range {
                None => (low, high),
                Some(old) if self.moving_average => {
                    let constant = float.nearest(self.constant);
                    let step =
                        |old: f32, new: f32| float.plus(old, float.times(constant, float.plus(new, -old)));
                    (step(old.0, low), step(old.1, high))
                }
                Some(old) => (old.0.min(low), old.1.max(high)),
            });
        }
        range
    }

    /// The range of a batch.
    fn batch(&self, records: &[Ends], float: Float) -> Option<(f32, f32)> {
        let seen = || records.iter().filter(|ends| ends.some && !ends.nan);
        let count = seen().count();
        if count == 0 {
            return None;
        }
        let (low, high) = if self.moving_average {
            let mean = |of: fn(&Ends) -> f32| {
                let sum = seen().fold(0.0, |sum, ends| float.plus(sum, of(ends)));
                float.nearest(f64::from(sum) / count as f64)
            };
            (mean(|ends| ends.low), mean(|ends| ends.high))
        } else {
            let mut all = Ends::default();
            seen().for_each(|ends| all.add(*ends));
            (all.low, all.high)
        };
        Some(if self.symmetric == Some(true) {
            let far = low.abs().max(high.abs());
            (-far, far)
        } else {
            (low, high)
        })
    }
}

fn method(name: &str) -> Option<Method> {
    let all = [
        ("minmax", Method::MinMax),
        ("entropy", Method::Entropy),
        ("percentile", Method::Percentile),
        ("distribution", Method::Distribution),
    ];
    let mut all = all.into_iter();
    all.find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, method)| method)
}

/// A number from 1, or none for `null`.
#[allow(clippy::option_option)] // outside: whether it could be read
fn count(value: &Value) -> Option<Option<usize>> {
    if value.is_null() {
        return Some(None);
    }
    let count = usize::try_from(value.as_u64()?).ok()?;
    (count > 0).then_some(Some(count))
}
