//! Histograms of a tensor's values that grow with the batches, as onnxruntime's collectors keep them.

use super::ends::Ends;
use super::numpy::{Even, arange, count_between, floor_divide};

/// What a histogram counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Values, from −t to t.
    Value,
    /// Their magnitudes.
    Absolute,
}

/// Counts of a tensor's values. The bins of a batch are known before its values are: [`Histogram::open`] makes them of the
/// batch's ends, and then record after record is counted, so that no batch has to be in memory.
#[derive(Clone, Debug)]
pub struct Histogram {
    kind: Kind,
    first_bins: usize,
    /// How often.
    pub counts: Vec<i64>,
    /// One more than there are counts.
    pub edges: Vec<f32>,
    /// Ends of all batches.
    pub ends: Ends,
    threshold: f32,
    bins: Option<Even>,
    /// Edges of this batch, of which new ones are rounded only behind it.
    exact: Vec<f64>,
}

/// Bins of a histogram, at most: what a batch may make it grow to. 2²² bins are 48 MiB.
const MOST: usize = 1 << 22;

impl Histogram {
    /// An empty one, which `bins` bins will be made for.
    pub fn new(kind: Kind, bins: usize) -> Self {
        Self {
            kind,
            first_bins: bins,
            counts: Vec::new(),
            edges: Vec::new(),
            ends: Ends::default(),
            threshold: 0.0,
            bins: None,
            exact: Vec::new(),
        }
    }

    /// Makes the bins of a batch. Old counts move along. False when the batch would make it grow without bound.
    #[must_use]
    pub fn open(&mut self, batch: Ends) -> bool {
        let fits = match self.kind {
            Kind::Value => self.open_values(batch),
            Kind::Absolute => self.open_magnitudes(batch),
        };
        self.ends.add(batch);
        fits
    }

    fn even(&mut self, low: f32, high: f32, bins: usize) {
        let even = Even::new(low, high, bins);
        self.edges.clone_from(&even.edges);
        self.bins = Some(even);
    }

    fn open_values(&mut self, batch: Ends) -> bool {
        let threshold = batch.low.abs().max(batch.high.abs());
        if self.counts.is_empty() {
            self.counts = vec![0; self.first_bins];
            self.threshold = threshold;
            self.even(-threshold, threshold, self.first_bins);
        } else if threshold <= self.threshold {
            // The same bins.
        } else if self.threshold == 0.0 {
            self.threshold = threshold;
            self.even(-threshold, threshold, self.counts.len());
        } else {
            let old = self.counts.len();
            let stride = 2.0 * self.threshold / old as f32;
            let steps = floor_divide(threshold - self.threshold, stride) + 1.0;
            if !(0.0..MOST as f32).contains(&steps) {
                return false;
            }
            let more = steps as usize;
            let mut counts = vec![0; old + 2 * more];
            counts[more..more + old].copy_from_slice(&self.counts);
            self.counts = counts;
            self.threshold += steps * stride;
            let bins = self.counts.len();
            self.even(-self.threshold, self.threshold, bins);
        }
        true
    }

    fn open_magnitudes(&mut self, batch: Ends) -> bool {
        if self.counts.is_empty() {
            self.counts = vec![0; self.first_bins];
            self.even(batch.near, batch.far, self.first_bins);
            return true;
        }
        self.bins = None;
        self.exact = self.edges.iter().map(|edge| f64::from(*edge)).collect();
        let last = self.edges[self.edges.len() - 1];
        if batch.far > last {
            let width = self.edges[1] - self.edges[0];
            let more = (batch.far - last) / width;
            if more.is_nan() || more >= MOST as f32 {
                return false;
            }
            self.exact.extend(arange(last + width, batch.far + width, width));
            self.edges = self.exact.iter().map(|edge| *edge as f32).collect();
            self.counts.resize(self.edges.len() - 1, 0);
        }
        true
    }

    /// Counts a record's values.
    pub fn count(&mut self, values: &[f32]) {
        let mut counts = vec![0; self.counts.len()];
        self.count_into(values, &mut counts);
        self.add(&counts);
    }

    /// Counts a record's values into counts that [`Self::add`] takes.
    pub fn count_into(&self, values: &[f32], counts: &mut [i64]) {
        let magnitudes: Vec<f32>;
        let values = match self.kind {
            Kind::Value => values,
            Kind::Absolute => {
                magnitudes = values.iter().map(|x| x.abs()).collect();
                &magnitudes
            }
        };
        match &self.bins {
            Some(bins) => bins.count(values, counts),
            None => count_between(&self.exact, values, counts),
        }
    }

    /// Takes in what was counted.
    pub fn add(&mut self, counts: &[i64]) {
        for (count, more) in self.counts.iter_mut().zip(counts) {
            *count += more;
        }
    }
}
