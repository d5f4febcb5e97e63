//! Whole tensors of floats to integers and back, on as many threads as the current rayon pool has.
//!
//! A tensor is cut into blocks of a fixed size, whatever the number of threads, and each value depends on its
//! own block and its channel's range only: the bytes are the same for any number.

use quant_types::QuantType;
use rayon::prelude::*;

use super::affine::{Affine, INT4_MAX, INT8_MAX, INT16_MAX};
use super::channels::Channels;
pub use super::lanes::Float;
use super::lanes::{Dequantize, Extremes, Lane, OfAll, OfColumns, Place, Quantize};
use super::slice;

/// Values that a task takes: they fit into a second-level cache, and take far longer than handing out a task.
pub const BLOCK: usize = 1 << 16;

/// The smallest and the largest value of a channel.
pub type MinMax = (f32, f32);

/// Floats as files hold them; `None` when the bytes are no whole number of floats.
pub fn floats(bytes: &[u8]) -> Option<&[Float]> {
    let (floats, rest) = bytes.as_chunks();
    rest.is_empty().then_some(floats)
}

/// Smallest and largest value of each channel; `None` when a value is infinite, NaN, or the lowest or highest
/// float (which tools write for infinity). A channel without values has (0, 0).
pub fn min_max(values: &[Float], channels: Channels) -> Option<Vec<MinMax>> {
    let blocks: Vec<Vec<(usize, Extremes)>> = values
        .par_chunks(BLOCK)
        .enumerate()
        .map(|(block, values)| extremes(values, block * BLOCK, channels))
        .collect();
    let mut found = vec![Extremes::NONE; channels.count()];
    for (channel, extremes) in blocks.into_iter().flatten() {
        found[channel] = found[channel].and(extremes);
    }
    let range = |all: Extremes| {
        if all.min > all.max {
            (0.0, 0.0)
        } else {
            (all.min, all.max)
        }
    };
    let finite = found.iter().all(Extremes::are_finite);
    finite.then(|| found.into_iter().map(range).collect())
}

/// The extremes of what a block has of each channel.
fn extremes(values: &[Float], start: usize, channels: Channels) -> Vec<(usize, Extremes)> {
    let arch = pulp::Arch::new();
    if channels.interleaved() {
        let mut columns = vec![Extremes::NONE; channels.count().min(values.len())];
        arch.dispatch(OfColumns {
            values,
            columns: &mut columns,
        });
        return columns
            .into_iter()
            .enumerate()
            .map(|(column, extremes)| (channels.of(start + column), extremes))
            .collect();
    }
    let runs = channels.runs(start..start + values.len());
    runs.map(|(channel, run)| (channel, arch.dispatch(OfAll(&values[run]))))
        .collect()
}

/// How the values of a tensor become integers, and back.
#[derive(Clone, Debug, PartialEq)]
pub struct Coding {
    /// Type of the integers.
    pub dtype: QuantType,
    /// How the tensor falls apart into channels.
    pub channels: Channels,
    /// The range of each channel.
    pub ranges: Vec<Affine>,
}

impl Coding {
    /// Makes integers of these values, as [`Self::bytes`] bytes: two or one a value, or half of one for int4, low
    /// half first. With `clipped` a value beyond its channel's range is first clipped to it.
    ///
    /// For the formulas see [`super::slice`].
    pub fn quantize(&self, values: &[Float], clipped: bool, integers: &mut [u8]) {
        quantize(self.dtype, self.channels, &self.lanes(clipped), values, integers);
    }

    /// The floats that the integers of these values stand for, clipped as in [`Self::quantize`]. The first value is
    /// number `start` of the tensor, which is even.
    pub fn fake_quantize(&self, values: &[Float], start: usize, floats: &mut [Float]) {
        let lanes = self.lanes(true);
        values
            .par_chunks(BLOCK)
            .zip(floats.par_chunks_mut(BLOCK))
            .enumerate()
            .for_each(|(block, (values, floats))| {
                let place = self.place(&lanes, start + block * BLOCK);
                let mut integers = vec![0; self.bytes(values.len())];
                pulp::Arch::new().dispatch(Quantize {
                    dtype: self.dtype,
                    place,
                    floats: values,
                    integers: &mut integers,
                });
                pulp::Arch::new().dispatch(Dequantize {
                    dtype: self.dtype,
                    place,
                    integers: &integers,
                    floats,
                });
            });
    }

    /// Whether the lowest and the highest integer of every channel stand for numbers that a scale can hold.
    pub fn ends_are_finite(&self) -> bool {
        self.ranges.iter().all(|range| {
            let ends = match self.dtype {
                QuantType::Uint8 => {
                    [0, u8::MAX].map(|q| slice::dequantize_u8(q, range.scale, range.nudged_min))
                }
                QuantType::Int16 => {
                    [-INT16_MAX, INT16_MAX].map(|q| slice::dequantize_symmetric(q, range.scale))
                }
                QuantType::Int8 => [-INT8_MAX, INT8_MAX].map(|q| slice::dequantize_symmetric(q, range.scale)),
                QuantType::Int4 => [-INT4_MAX, INT4_MAX].map(|q| slice::dequantize_symmetric(q, range.scale)),
            };
            ends.iter().all(|x| x.abs() < f32::MAX)
        })
    }

    /// Bytes that so many integers take.
    pub fn bytes(&self, values: usize) -> usize {
        bytes(self.dtype, values)
    }

    fn lanes(&self, clipped: bool) -> Vec<Lane> {
        self.ranges
            .iter()
            .map(|range| Lane::new(range, clipped))
            .collect()
    }

    fn place<'a>(&self, lanes: &'a [Lane], start: usize) -> Place<'a> {
        Place {
            lanes,
            channels: self.channels,
            start,
        }
    }
}

/// Symmetric integers of these values, as [`Coding::quantize`] makes and stores them, with given reciprocals of the
/// scales, one for each channel: TensorFlow Lite divides the range anew (127 / max), which can be another float than the
/// reciprocal of its scale.
pub fn quantize_with_inverses(
    dtype: QuantType,
    channels: Channels,
    inv_scales: &[f32],
    values: &[Float],
    integers: &mut [u8],
) {
    let lanes: Vec<Lane> = inv_scales.iter().map(|inv| Lane::of_inverse(*inv)).collect();
    quantize(dtype, channels, &lanes, values, integers);
}

/// Bytes that so many integers take.
fn bytes(dtype: QuantType, values: usize) -> usize {
    match dtype {
        QuantType::Uint8 | QuantType::Int8 => values,
        QuantType::Int16 => 2 * values,
        QuantType::Int4 => values.div_ceil(2),
    }
}

fn quantize(dtype: QuantType, channels: Channels, lanes: &[Lane], values: &[Float], integers: &mut [u8]) {
    values
        .par_chunks(BLOCK)
        .zip(integers.par_chunks_mut(bytes(dtype, BLOCK)))
        .enumerate()
        .for_each(|(block, (floats, integers))| {
            let place = Place {
                lanes,
                channels,
                start: block * BLOCK,
            };
            pulp::Arch::new().dispatch(Quantize {
                dtype,
                place,
                floats,
                integers,
            });
        });
}
