//! From a histogram to a range: percentile, and the mean and deviation of a distribution.

use super::histogram::Histogram;
use super::numpy::sum;

/// A range.
pub type Range = (f32, f32);

/// What is left when the outermost values are cut away: `percentile` of 100 stay. With `symmetric`, the histogram is one
/// of magnitudes. Both ends are left edges of a bin, and never beyond the values.
pub fn percentile(histogram: &Histogram, percentile: f64, symmetric: bool) -> Range {
    let total: i64 = histogram.counts.iter().sum();
    let mut shares = Vec::with_capacity(histogram.counts.len());
    let mut share = 0.0;
    for count in &histogram.counts {
        share += *count as f64 / total as f64;
        shares.push(share);
    }
    let edge = |of: f64| histogram.edges[shares.partition_point(|share| *share < of)];
    let (low, high) = if symmetric {
        let far = edge(percentile / 100.0);
        (-far, far)
    } else {
        let cut = (100.0 - percentile) / 200.0;
        (edge(cut), edge(1.0 - cut))
    };
    within(histogram, low, high)
}

/// The range, cut to the values that were seen.
pub(super) fn within(histogram: &Histogram, low: f32, high: f32) -> Range {
    let low = if low < histogram.ends.low {
        histogram.ends.low
    } else {
        low
    };
    let high = if high > histogram.ends.high {
        histogram.ends.high
    } else {
        high
    };
    (low, high)
}

/// The outer edges.
pub fn outer(histogram: &Histogram) -> Range {
    let edges = &histogram.edges;
    let low = edges.iter().copied().fold(f32::INFINITY, f32::min);
    let high = edges.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    (low, high)
}

/// Mean and standard deviation, each value taken for the middle of its bin.
pub fn mean_and_deviation(histogram: &Histogram) -> (f32, f32) {
    let middles = histogram.edges.windows(2).map(|pair| (pair[0] + pair[1]) * 0.5);
    let pairs: Vec<(f64, f32)> = histogram.counts.iter().map(|n| *n as f64).zip(middles).collect();
    let total: i64 = histogram.counts.iter().sum();
    let total = total as f64;
    let firsts: Vec<f64> = pairs.iter().map(|(n, x)| n * f64::from(*x)).collect();
    let squares: Vec<f64> = pairs.iter().map(|(n, x)| n * f64::from(x * x)).collect();
    let mean = sum(&firsts) / total;
    let variance = sum(&squares) / total - mean * mean;
    (mean as f32, variance.sqrt() as f32)
}
