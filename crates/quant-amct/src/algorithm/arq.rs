//! ARQ: weights to integers, with a scale for each output channel or one for the tensor.

use quant_numeric::multiples::{self, Rows};

use super::Bits;
use super::factors::symmetric_scale;

/// Where a channel's values are in a weight: `outer` runs of `channels · inner` values, of which each channel has `inner`
/// in a row. HWIO has `inner` 1, OIHW has `outer` 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Channels {
    /// Number of channels, at least 1.
    pub channels: usize,
    /// Values of a channel in a row, at least 1.
    pub inner: usize,
}

impl Channels {
    /// One scale for all values.
    pub const TENSOR: Self = Self {
        channels: 1,
        inner: 1,
    };

    /// The channels of a tensor of `shape` along `axis`.
    pub fn of(shape: &[usize], axis: usize) -> Self {
        Self {
            channels: shape[axis].max(1),
            inner: shape[axis + 1..].iter().product::<usize>().max(1),
        }
    }

    /// The channel of the value at `index`.
    pub fn channel(self, index: usize) -> usize {
        index / self.inner % self.channels
    }
}

impl From<Channels> for Rows {
    fn from(layout: Channels) -> Self {
        Self {
            channels: layout.channels,
            inner: layout.inner,
        }
    }
}

/// Scales of weights: the range of each channel, symmetric around 0 ([`symmetric_scale`]). A channel without values has scale 1.
pub fn scales(weights: &[f32], layout: Channels, bits: Bits) -> Vec<f32> {
    let scale = |(max, min): (f32, f32)| {
        if max < min {
            return 1.0;
        }
        symmetric_scale(max, min, bits)
    };
    let ranges = multiples::extremes(weights, layout.into());
    ranges.into_iter().map(scale).collect()
}

/// Integers of weights, of up to 8 bits: `clamp(round_half_even(w / scale))` with the scale of each value's channel.
pub fn quantize(weights: &[f32], scales: &[f32], layout: Channels, bits: Bits) -> Vec<i8> {
    let end = |end: i32| i8::try_from(end).unwrap_or(if end < 0 { i8::MIN } else { i8::MAX });
    let ends = [end(-bits.half()), end(bits.half() - 1)];
    multiples::quantize(weights, scales, layout.into(), ends)
}

/// What the integers stand for: `q · scale`.
pub fn dequantize(integers: &[i8], scales: &[f32], layout: Channels) -> Vec<f32> {
    multiples::dequantize(integers, scales, layout.into())
}
