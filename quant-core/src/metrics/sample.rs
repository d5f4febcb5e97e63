//! One tensor of one record: the sums that all metrics are made of.

use super::top;

/// Sums over the elements of a tensor, `a` being right and `b` looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Number of elements.
    pub elements: usize,
    /// How many of them are equal.
    pub equal: usize,
    /// `Σ|a − b|`.
    pub absolute: f64,
    /// `Σ|(a − b) / a|` over the elements where `a` is not 0.
    pub relative: f64,
    /// How many elements those are.
    pub divisible: usize,
    /// `max|a − b|`; 0 without elements.
    pub peak: f64,
    /// `max a − min a`; 0 without elements.
    pub interval: f64,
    /// `Σ(a − b)²`.
    pub squared: f64,
    /// `Σa²`.
    pub signal: f64,
    /// `Σb²`.
    pub other: f64,
    /// `Σab`.
    pub product: f64,
    /// Top-1 match; `None` without elements.
    pub top1: Option<f64>,
    /// Top-5 match; `None` for fewer than five elements.
    pub top5: Option<f64>,
}

impl Sample {
    /// Compares two tensors of the same length, element by element in their order. A NaN makes the sums and the peak
    /// NaN; equal infinities differ by 0.
    pub fn of(a: &[f64], b: &[f64]) -> Self {
        let mut sample = Self {
            elements: a.len(),
            equal: 0,
            absolute: 0.0,
            relative: 0.0,
            divisible: 0,
            peak: 0.0,
            interval: 0.0,
            squared: 0.0,
            signal: 0.0,
            other: 0.0,
            product: 0.0,
            top1: top::matched(a, b, 1),
            top5: top::matched(a, b, 5),
        };
        let (mut min, mut max) = (f64::INFINITY, f64::NEG_INFINITY);
        for (&a, &b) in a.iter().zip(b) {
            let off = if a == b { 0.0 } else { (a - b).abs() };
            sample.equal += usize::from(a == b);
            sample.absolute += off;
            sample.squared += off * off;
            sample.peak = sample.peak.max(off);
            if a != 0.0 {
                sample.relative += off / a.abs();
                sample.divisible += 1;
            }
            sample.signal += a * a;
            sample.other += b * b;
            sample.product += a * b;
            min = min.min(a);
            max = max.max(a);
        }
        if max > min {
            sample.interval = max - min;
        }
        if sample.absolute.is_nan() {
            sample.peak = f64::NAN;
        }
        sample
    }

    /// Mean absolute error.
    pub fn mae(&self) -> f64 {
        self.absolute / self.elements.max(1) as f64
    }

    /// Mean squared error.
    pub fn mse(&self) -> f64 {
        self.squared / self.elements.max(1) as f64
    }

    /// Mean absolute percentage error, over the elements where `a` is not 0; `None` when all are.
    pub fn mape(&self) -> Option<f64> {
        (self.divisible > 0).then(|| 100.0 * self.relative / self.divisible as f64)
    }

    /// Peak error to interval ratio of circle-eval-diff: `max|a − b| / (max a − min a)`, an interval of 0 counting as 1.
    pub fn peir(&self) -> f64 {
        let interval = if self.interval == 0.0 { 1.0 } else { self.interval };
        self.peak / interval
    }

    /// Peak error to interval ratio of visq: `max|a − b| / (max a − min a + 1e-6)`.
    pub fn relaxed_peir(&self) -> f64 {
        self.peak / (self.interval + 1e-6)
    }

    /// Cosine of the angle between the tensors as vectors: `Σab / √(Σa² Σb²)`; 1 when both are zero, 0 when one is.
    pub fn cosine(&self) -> f64 {
        match (self.signal == 0.0, self.other == 0.0) {
            (true, true) => 1.0,
            (true, false) | (false, true) => 0.0,
            // The roots one by one: the product of the sums may overflow.
            (false, false) => self.product / (self.signal.sqrt() * self.other.sqrt()),
        }
    }
}
