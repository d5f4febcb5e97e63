//! Means over records, and their names.

use std::fmt;
use std::str::FromStr;

use super::Sample;

/// The errors of one tensor over records: the mean over records of each record's own error, and the sums that ratios
/// of energies are made of. Records are added in their order.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Errors {
    /// How many records.
    pub records: usize,
    /// Elements of all records.
    pub elements: usize,
    /// How many of them are equal.
    pub equal: usize,
    mae: f64,
    mse: f64,
    mape: f64,
    with_mape: usize,
    peir: f64,
    relaxed_peir: f64,
    tae: f64,
    cosine: f64,
    top1: f64,
    with_top1: usize,
    top5: f64,
    with_top5: usize,
    signal: f64,
    noise: f64,
}

/// A sum as a mean; `None` of nothing.
fn mean(sum: f64, count: usize) -> Option<f64> {
    (count > 0).then(|| sum / count as f64)
}

impl Errors {
    /// Adds one record.
    pub fn add(&mut self, sample: &Sample) {
        self.records += 1;
        self.elements += sample.elements;
        self.equal += sample.equal;
        self.mae += sample.mae();
        self.mse += sample.mse();
        self.peir += sample.peir();
        self.relaxed_peir += sample.relaxed_peir();
        self.tae += sample.absolute;
        self.cosine += sample.cosine();
        self.signal += sample.signal;
        self.noise += sample.squared;
        for (one, sum, count) in [
            (sample.mape(), &mut self.mape, &mut self.with_mape),
            (sample.top1, &mut self.top1, &mut self.with_top1),
            (sample.top5, &mut self.top5, &mut self.with_top5),
        ] {
            *sum += one.unwrap_or(0.0);
            *count += usize::from(one.is_some());
        }
    }

    /// A metric of circle-eval-diff; `None` when no record has it.
    pub fn metric(&self, metric: Metric) -> Option<f64> {
        match metric {
            Metric::Mae => mean(self.mae, self.records),
            Metric::Mape => mean(self.mape, self.with_mape),
            Metric::Mpeir => mean(self.peir, self.records),
            Metric::Mse => mean(self.mse, self.records),
            Metric::Top1 => mean(self.top1, self.with_top1),
            Metric::Top5 => mean(self.top5, self.with_top5),
        }
    }

    /// visq's MPEIR: the mean of [`Sample::relaxed_peir`].
    pub fn relaxed_mpeir(&self) -> Option<f64> {
        mean(self.relaxed_peir, self.records)
    }

    /// visq's total absolute error: the mean over records of `Σ|a − b|`.
    pub fn tae(&self) -> Option<f64> {
        mean(self.tae, self.records)
    }

    /// The mean of [`Sample::cosine`].
    pub fn cosine(&self) -> Option<f64> {
        mean(self.cosine, self.records)
    }

    /// Signal to quantization noise ratio in decibels: `10 log10(Σa² / Σ(a − b)²)` over all records together.
    /// Infinite without any error; `None` without records, and where signal and error are both zero.
    pub fn sqnr(&self) -> Option<f64> {
        (self.records > 0 && (self.signal != 0.0 || self.noise != 0.0))
            .then(|| 10.0 * (self.signal / self.noise).log10())
    }
}

/// The metrics of circle-eval-diff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Mean absolute error.
    Mae,
    /// Mean absolute percentage error.
    Mape,
    /// Mean peak error to interval ratio.
    Mpeir,
    /// Mean squared error.
    Mse,
    /// Share of records whose largest elements stand at the same place.
    Top1,
    /// Mean share of the five largest elements that both have.
    Top5,
}

impl Metric {
    /// All, in the order of circle-eval-diff's options.
    pub const ALL: [Self; 6] = [
        Self::Mae,
        Self::Mape,
        Self::Mpeir,
        Self::Mse,
        Self::Top1,
        Self::Top5,
    ];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Mae => "mae",
            Self::Mape => "mape",
            Self::Mpeir => "mpeir",
            Self::Mse => "mse",
            Self::Top1 => "top1",
            Self::Top5 => "top5",
        }
    }

    /// Whether 0 is the best value; of matches it is 1.
    pub fn is_error(self) -> bool {
        !matches!(self, Self::Top1 | Self::Top5)
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A word that names no metric.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is none of mae, mape, mpeir, mse, top1, top5")]
pub struct UnknownMetric(String);

impl FromStr for Metric {
    type Err = UnknownMetric;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|metric| metric.word() == word);
        found.ok_or_else(|| UnknownMetric(word.to_owned()))
    }
}

/// One number for all outputs of a model. MAE and MSE weigh an output by its elements, as if all outputs were one
/// tensor (circle-mpqsolver's MAE); the others are means over outputs. `None` when no output has the metric.
pub fn of_outputs(outputs: &[Errors], metric: Metric) -> Option<f64> {
    let by_elements = matches!(metric, Metric::Mae | Metric::Mse);
    let weight = |output: &Errors| if by_elements { output.elements as f64 } else { 1.0 };
    let values = outputs
        .iter()
        .filter_map(|output| Some((output.metric(metric)?, weight(output))));
    let values: Vec<(f64, f64)> = values.collect();
    let total: f64 = values.iter().map(|(_, weight)| weight).sum();
    // A share of exactly 1 leaves the value of a single output as it is.
    (total > 0.0).then(|| {
        values
            .iter()
            .map(|(value, weight)| value * (weight / total))
            .sum()
    })
}
