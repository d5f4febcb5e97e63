//! The range whose quantized distribution is nearest to the real one, by Kullback and Leibler's divergence.

use super::histogram::Histogram;
use super::numpy::sum;
use super::threshold::{Range, within};
use crate::quantize::number::Float;

/// What an empty bin gets.
const SMOOTH: f64 = 1e-4;

/// The range for `quantized` bins: of the slices around 0, from as many bins as that to all, the one with the smallest
/// divergence, the smaller slice of two. A histogram of no more bins than that has one slice, which is all of it.
pub fn entropy(histogram: &Histogram, quantized: usize, float: Float) -> Range {
    let counts = &histogram.counts;
    let middle = counts.len() / 2;
    let mut best: Option<(f32, Range)> = None;
    let mut before: Vec<i64> = vec![0];
    for count in counts {
        before.push(before[before.len() - 1] + count);
    }
    for half in quantized / 2..=middle {
        let start = middle - half;
        let end = (middle + half + 1).min(counts.len());
        let outliers = (before[start], before[counts.len()] - before[end]);
        let divergence = float.nearest(f64::from(divergence(&counts[start..end], outliers, quantized)));
        let range = (histogram.edges[start], histogram.edges[end]);
        if best.is_none_or(|(least, _)| divergence < least) {
            best = Some((divergence, range));
        }
    }
    let (low, high) = best.map_or((0.0, 0.0), |(_, range)| range);
    within(histogram, low, high)
}

/// Divergence of a slice, with what lies outside it at its ends, from what is left of it in `quantized` bins.
fn divergence(slice: &[i64], outliers: (i64, i64), quantized: usize) -> f32 {
    let n = slice.len();
    let mut p = slice.to_vec();
    p[0] += outliers.0;
    p[n - 1] += outliers.1;
    let group = n / quantized;
    let mut q = vec![0_i64; n];
    for index in 0..quantized {
        let part = index * group..(index + 1) * group;
        let mut total: i64 = slice[part.clone()].iter().sum();
        if index + 1 == quantized {
            total += slice[quantized * group..].iter().sum::<i64>();
        }
        let filled = p[part.clone()].iter().filter(|count| **count != 0).count();
        if filled != 0 {
            q[part].fill((total as f64 / filled as f64) as i64);
        }
    }
    match (smooth(&p), smooth(&q)) {
        (Some(p), Some(q)) => relative(&p, &q),
        _ => f32::INFINITY,
    }
}

/// Counts without zeros: each zero gets a little, which the others pay. None for nothing but zeros.
fn smooth(counts: &[i64]) -> Option<Vec<f32>> {
    let zeros = counts.iter().filter(|count| **count == 0).count();
    let others = counts.len() - zeros;
    if others == 0 {
        return None;
    }
    let paid = SMOOTH * zeros as f64 / others as f64;
    let smoothed = counts.iter().map(|count| {
        let (zero, other) = if *count == 0 { (1.0, 0.0) } else { (0.0, 1.0) };
        *count as f32 + (SMOOTH as f32 * zero + (-paid) as f32 * other)
    });
    Some(smoothed.collect())
}

/// Relative entropy of p to q, each divided by its sum.
fn relative(p: &[f32], q: &[f32]) -> f32 {
    let (all_p, all_q) = (sum(p), sum(q));
    let terms: Vec<f32> = p
        .iter()
        .zip(q)
        .map(|(p, q)| {
            let (p, q) = (p / all_p, q / all_q);
            p * f64::from(p / q).ln() as f32
        })
        .collect();
    sum(&terms)
}
