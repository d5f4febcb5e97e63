//! ARQ: weights to integers, with a scale for each output channel or one for the tensor.

use quant_numeric::round::half_even_f32;

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

/// Scales of weights: the range of each channel, symmetric around 0 ([`symmetric_scale`]). A channel of zeros has scale 1.
pub fn scales(weights: &[f32], layout: Channels, bits: Bits) -> Vec<f32> {
    let mut ranges = vec![(f32::NEG_INFINITY, f32::INFINITY); layout.channels];
    for (index, &w) in weights.iter().enumerate() {
        let (max, min) = &mut ranges[layout.channel(index)];
        *max = max.max(w);
        *min = min.min(w);
    }
    let scale = |(max, min): (f32, f32)| {
        if max < min {
            return 1.0;
        }
        symmetric_scale(max, min, bits)
    };
    ranges.into_iter().map(scale).collect()
}

/// Integers of weights: `clamp(round_half_even(w / scale))` with the scale of each value's channel.
pub fn quantize(weights: &[f32], scales: &[f32], layout: Channels, bits: Bits) -> Vec<i8> {
    let (low, high) = (-bits.half() as f32, (bits.half() - 1) as f32);
    let value = |(index, &w): (usize, &f32)| {
        let scale = scales[layout.channel(index)];
        half_even_f32(w / scale).clamp(low, high) as i8
    };
    weights.iter().enumerate().map(value).collect()
}

/// What the integers stand for: `q · scale`.
pub fn dequantize(integers: &[i8], scales: &[f32], layout: Channels) -> Vec<f32> {
    let value = |(index, &q): (usize, &i8)| f32::from(q) * scales[layout.channel(index)];
    integers.iter().enumerate().map(value).collect()
}
