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

/// Adding and taking away 1.5 · 2²³ rounds what is below 2²² to a whole number, halves to the even one, and a vector of values
/// at once.
const ROUNDS: f32 = 12_582_912.0;
/// What is nearer to 0 than this is rounded so.
const SMALL: f32 = 2_097_152.0;

/// Integers of values, as [`integer`] makes them.
fn integers_into(values: &[f32], params: Params, limits: (i32, i32), out: &mut [i32]) {
    let (low, high) = (limits.0 as f32, limits.1 as f32);
    let (scale, zero_point) = (params.scale, params.zero_point as f32);
    // Beyond that the limits decide, whatever is added.
    if low.abs().max(high.abs()).max(zero_point.abs()) > 65_536.0 {
        for (x, q) in values.iter().zip(out) {
            *q = integer(*x, params, limits);
        }
        return;
    }
    for (x, q) in values.iter().zip(out) {
        let steps = (x / scale).clamp(-SMALL, SMALL);
        *q = ((steps + ROUNDS) - ROUNDS + zero_point).clamp(low, high) as i32;
    }
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
    let start = (f32::INFINITY, f32::NEG_INFINITY);
    let mut ranges = vec![start; axis.channels];
    if axis.inner <= 1 {
        for row in values.chunks(axis.channels.max(1)) {
            for (range, x) in ranges.iter_mut().zip(row) {
                *range = (range.0.min(*x), range.1.max(*x));
            }
        }
        return ranges;
    }
    for (at, part) in values.chunks(axis.inner).enumerate() {
        let range = &mut ranges[at % axis.channels];
        // Eight at a time: one would wait for the other.
        let mut ends = [start; 8];
        for eight in part.chunks(8) {
            for (end, x) in ends.iter_mut().zip(eight) {
                *end = (end.0.min(*x), end.1.max(*x));
            }
        }
        for end in ends {
            *range = (range.0.min(end.0), range.1.max(end.1));
        }
    }
    ranges
}

/// Integers of an array as a whole.
pub fn integers(values: &[f32], params: Params, limits: (i32, i32)) -> Vec<i32> {
    let mut out = vec![0; values.len()];
    let parts = values.par_chunks(BLOCK).zip(out.par_chunks_mut(BLOCK));
    parts.for_each(|(values, out)| integers_into(values, params, limits, out));
    out
}

/// Integers of an array with parameters for each channel.
pub fn channel_integers(values: &[f32], axis: Axis, params: &[Params], limits: (i32, i32)) -> Vec<i32> {
    let inner = axis.inner.max(1);
    let mut out = vec![0; values.len()];
    // Whole channels in each part.
    let rows = (BLOCK / inner).max(1);
    let parts = values
        .par_chunks(inner * rows)
        .zip(out.par_chunks_mut(inner * rows))
        .enumerate();
    parts.for_each(|(number, (values, out))| {
        let parts = values.chunks(inner).zip(out.chunks_mut(inner)).enumerate();
        for (at, (values, out)) in parts {
            let params = params[(number * rows + at) % params.len()];
            integers_into(values, params, limits, out);
        }
    });
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values around halves, beyond the limits, and what is no number.
    fn values() -> Vec<f32> {
        let halves = (-700..700).flat_map(|at| {
            let half = at as f32 * 0.5;
            [half, half.next_up(), half.next_down(), half * 1e-3, half * 1e7]
        });
        let ends = [
            f32::MAX,
            f32::MIN,
            f32::INFINITY,
            f32::NEG_INFINITY,
            f32::NAN,
            -0.0,
        ];
        halves.chain(ends).collect()
    }

    #[test]
    fn many_at_once_are_as_one_by_one() {
        let values = values();
        for (limits, zero_point) in [
            ((-128, 127), 0),
            ((-128, 127), -128),
            ((0, 255), 131),
            ((-32_768, 32_767), -7),
            ((0, 65_535), 65_535),
            ((i32::MIN, i32::MAX), 0),
        ] {
            for scale in [1.0, 0.75, 3.3e-4, 0.5] {
                let params = Params { scale, zero_point };
                let wanted: Vec<i32> = values.iter().map(|x| integer(*x, params, limits)).collect();
                assert_eq!(integers(&values, params, limits), wanted);
                let axis = Axis::of(&[2, values.len() / 2], 1).unwrap();
                let all = vec![params; axis.channels];
                let even = &values[..axis.channels * 2];
                assert_eq!(channel_integers(even, axis, &all, limits), wanted[..even.len()]);
            }
        }
    }

    #[test]
    fn channels_have_their_own_ranges() {
        let values: Vec<f32> = (0..60).map(|at| ((at * 37) % 61) as f32 - 30.0).collect();
        for (shape, axis) in [([3, 20, 1], 0), ([3, 20, 1], 1), ([5, 1, 12], 0), ([2, 3, 10], 1)] {
            let axis = Axis::of(&shape, axis).unwrap();
            let of = |channel: usize| {
                let own = values.iter().enumerate();
                let own = own.filter(|(at, _)| at / axis.inner % axis.channels == channel);
                range(&own.map(|(_, x)| *x).collect::<Vec<f32>>())
            };
            let wanted: Vec<(f32, f32)> = (0..axis.channels).map(of).collect();
            assert_eq!(channel_ranges(&values, axis), wanted);
        }
    }
}
