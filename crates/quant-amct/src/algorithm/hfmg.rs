//! HFMG: the range of an activation from its histogram.

use super::histogram::Histogram;
use super::{Bits, EPSILON, Factors};

/// What HFMG found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Ranges that were tried: first and last bin of each.
    pub ranges: Vec<(usize, usize)>,
    /// Their losses.
    pub losses: Vec<f64>,
    /// The first range with the least loss.
    pub best: usize,
    /// Scale and offset of that range's edges.
    pub factors: Factors,
}

/// Searches the range of bins whose quantization loses least, and takes its edges as minimum and maximum.
///
/// All values equal, or none: the range itself, nothing tried.
pub fn search(histogram: &Histogram, asymmetric: bool, bits: Bits) -> Found {
    let ranges = ranges(histogram);
    let losses: Vec<f64> = ranges.iter().map(|&range| loss(histogram, range, bits)).collect();
    let mut best = 0;
    for (index, loss) in losses.iter().enumerate() {
        if *loss < losses[best] || losses[best].is_nan() {
            best = index;
        }
    }
    let (max, min) = match ranges.get(best) {
        Some(&(l, r)) => {
            let width = histogram.width();
            (
                histogram.min + width * (r + 1) as f32,
                histogram.min + width * l as f32,
            )
        }
        None => (histogram.max, histogram.min),
    };
    Found {
        ranges,
        losses,
        best,
        factors: Factors::of_range(max, min, asymmetric, bits),
    }
}

/// The ranges to try, each inside the one before. From each end a walk inwards gathers at least
/// `max(ceil(total / 100000), 1)` values; the end that came further in for them is moved there, until a quarter of the bins
/// is left.
pub fn ranges(histogram: &Histogram) -> Vec<(usize, usize)> {
    let counts = &histogram.counts;
    let step = histogram.total().div_ceil(100_000).max(1);
    let (mut l, mut r) = (0, counts.len() - 1);
    let mut found = Vec::new();
    while r - l > counts.len().div_ceil(4) {
        let (mut a, mut b) = (l, r);
        let mut sum = 0;
        while a < b && sum < step {
            sum += counts[a];
            a += 1;
        }
        sum = 0;
        while a < b && sum < step {
            sum += counts[b];
            b -= 1;
        }
        if r - b >= a - l {
            r = b;
        } else {
            l = a;
        }
        found.push((l, r));
    }
    found
}

/// Squared error of quantizing to `2^bits` steps over the bins `l`…`r`, when the values of a bin are spread evenly over it.
///
/// With bin width `w` a step is `d = w · (r − l + 1) / 2^bits` wide and stands for its centre; a bin from `B` to `E` (counted
/// from the lower edge of `l`) gives its density times the integral of the squared distance to the centres. Steps outside
/// the range are the first and the last one.
pub fn loss(histogram: &Histogram, (l, r): (usize, usize), bits: Bits) -> f64 {
    let w = f64::from(histogram.width());
    let levels = f64::from(bits.steps() + 1);
    let d = w * (r - l + 1) as f64 / levels;
    if d < f64::from(EPSILON) {
        return 0.0;
    }
    let integral = |p: f64, q: f64| (q * q * q - p * p * p) / 3.0;
    let step = |x: f64| (x / d).floor().clamp(0.0, levels - 1.0);
    let centre = |k: f64| (k + 0.5) * d;
    let mut sum = 0.0;
    for (index, &count) in histogram
        .counts
        .iter()
        .enumerate()
        .filter(|(_, count)| **count > 0)
    {
        let begin = (index as f64 - l as f64) * w;
        let end = begin + w;
        let (kb, ke) = (step(begin), step(end));
        let squared = if kb == ke {
            integral(begin - centre(kb), end - centre(kb))
        } else {
            integral(begin - centre(kb), d / 2.0)
                + (ke - kb - 1.0) * integral(-d / 2.0, d / 2.0)
                + integral(-d / 2.0, end - centre(ke))
        };
        sum += count as f64 / w * squared;
    }
    sum
}
