//! Float arrays to integers, whole or channel by channel.
#![allow(clippy::indexing_slicing)] // a channel's number is the rest of a division by their count

use quant_numeric::round::half_even_f32;
use rayon::prelude::*;

use super::params::Params;

/// Values that a task takes.
const BLOCK: usize = 1 << 16;

/// An integer: the value over the scale, both f32, rounded half to even, and the zero point added. What is out of the
/// limits becomes the nearest of them.
pub fn integer(x: f32, params: Params, limits: (i32, i32)) -> i32 {
    let (low, high) = limits;
    let q = half_even_f32(x / params.scale) + params.zero_point as f32;
    q.clamp(low as f32, high as f32) as i32
}

/// A dimension along which each entry has parameters of its own: `outer` rows of `channels` of `inner` values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axis {
    /// Its number.
    pub axis: usize,
    /// Product of the dimensions before it.
    pub outer: usize,
    /// Its size.
    pub channels: usize,
    /// Product of the dimensions behind it.
    pub inner: usize,
}

impl Axis {
    /// `axis` of a shape, counted from the end when it is below zero; none when the shape has no such axis.
    pub fn of(shape: &[usize], axis: i64) -> Option<Self> {
        let rank = i64::try_from(shape.len()).ok()?;
        let axis = usize::try_from(if axis < 0 { axis + rank } else { axis }).ok()?;
        let channels = *shape.get(axis)?;
        Some(Self {
            axis,
            outer: shape.get(..axis)?.iter().product(),
            channels,
            inner: shape.get(axis + 1..)?.iter().product(),
        })
    }
}

/// Lowest and highest value; 0 for none.
pub fn range(values: &[f32]) -> (f32, f32) {
    let fold = |part: &[f32]| {
        let start = (f32::INFINITY, f32::NEG_INFINITY);
        part.iter()
            .fold(start, |(low, high), x| (low.min(*x), high.max(*x)))
    };
    if values.is_empty() {
        return (0.0, 0.0);
    }
    let ends = values.par_chunks(BLOCK).map(fold);
    ends.reduce(
        || (f32::INFINITY, f32::NEG_INFINITY),
        |a, b| (a.0.min(b.0), a.1.max(b.1)),
    )
}

/// Lowest and highest value of each channel; 0 for none.
pub fn channel_ranges(values: &[f32], axis: Axis) -> Vec<(f32, f32)> {
    if values.is_empty() {
        return vec![(0.0, 0.0); axis.channels];
    }
    let mut ranges = vec![(f32::INFINITY, f32::NEG_INFINITY); axis.channels];
    for (at, part) in values.chunks(axis.inner.max(1)).enumerate() {
        let (low, high) = &mut ranges[at % axis.channels];
        for x in part {
            *low = low.min(*x);
            *high = high.max(*x);
        }
    }
    ranges
}

/// Integers of an array as a whole.
pub fn integers(values: &[f32], params: Params, limits: (i32, i32)) -> Vec<i32> {
    let of = |x: &f32| integer(*x, params, limits);
    values.par_iter().with_min_len(BLOCK).map(of).collect()
}

/// Integers of an array with parameters for each channel.
pub fn channel_integers(values: &[f32], axis: Axis, params: &[Params], limits: (i32, i32)) -> Vec<i32> {
    let inner = axis.inner.max(1);
    let parts = values.chunks(inner).enumerate();
    parts
        .flat_map(|(at, part)| {
            let params = params[at % params.len()];
            part.iter().map(move |x| integer(*x, params, limits))
        })
        .collect()
}
