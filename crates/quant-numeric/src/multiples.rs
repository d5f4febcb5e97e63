//! Weights as whole multiples of a scale for each channel, without zero points: largest magnitudes, integers, and back.
#![allow(clippy::inline_always)] // a function that is not inlined is compiled for every machine only

use crate::round::half_even_f32;

/// Where a channel's values are: runs of `channels · inner` values, of which each channel has `inner` in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rows {
    /// Number of channels, at least 1.
    pub channels: usize,
    /// Values of a channel in a row, at least 1.
    pub inner: usize,
}

impl Rows {
    /// Whether channels lie side by side: a row then holds one value of each.
    #[inline(always)]
    fn side_by_side(self) -> bool {
        self.inner == 1 && self.channels > 1
    }

    /// The place and the channel of each row of so many values; side by side, of each row of all channels (channel 0), whose
    /// values are then those of the channels in their order.
    ///
    /// An iterator, not a closure that is called in two places: that would not be inlined, and compiled for every machine only.
    #[inline(always)]
    fn each(self, count: usize) -> impl Iterator<Item = (std::ops::Range<usize>, usize)> {
        // One channel: its rows are one.
        let (width, channels) = match self.channels {
            _ if self.side_by_side() => (self.channels, 1),
            1 => (count.max(1), 1),
            channels => (self.inner, channels),
        };
        let rows = (0..count).step_by(width).enumerate();
        rows.map(move |(row, start)| (start..(start + width).min(count), row % channels))
    }
}

/// Greatest and least value of each channel; −∞ and ∞ where it has none.
pub fn extremes(values: &[f32], rows: Rows) -> Vec<(f32, f32)> {
    let mut greatest = vec![f32::NEG_INFINITY; rows.channels];
    let mut least = vec![f32::INFINITY; rows.channels];
    pulp::Arch::new().dispatch(Extremes {
        values,
        rows,
        greatest: &mut greatest,
        least: &mut least,
    });
    greatest.into_iter().zip(least).collect()
}

struct Extremes<'a> {
    values: &'a [f32],
    rows: Rows,
    greatest: &'a mut [f32],
    least: &'a mut [f32],
}

impl pulp::NullaryFnOnce for Extremes<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let lanes = self.rows.side_by_side();
        for (range, channel) in self.rows.each(self.values.len()) {
            let row = &self.values[range];
            if lanes {
                for ((x, most), least) in row.iter().zip(&mut *self.greatest).zip(&mut *self.least) {
                    *most = if *x > *most { *x } else { *most };
                    *least = if *x < *least { *x } else { *least };
                }
            } else {
                let (mut most, mut least) = (self.greatest[channel], self.least[channel]);
                for x in row {
                    most = if *x > most { *x } else { most };
                    least = if *x < least { *x } else { least };
                }
                (self.greatest[channel], self.least[channel]) = (most, least);
            }
        }
    }
}

/// Integers: `clamp(round_half_even(x / scale))` between `low` and `high`, with the scale of each value's channel.
pub fn quantize(values: &[f32], scales: &[f32], rows: Rows, [low, high]: [i8; 2]) -> Vec<i8> {
    let mut integers = vec![0; values.len()];
    pulp::Arch::new().dispatch(Quantize {
        values,
        scales,
        rows,
        limits: [low, high].map(f32::from),
        integers: &mut integers,
    });
    integers
}

struct Quantize<'a> {
    values: &'a [f32],
    scales: &'a [f32],
    rows: Rows,
    /// Least and greatest integer.
    limits: [f32; 2],
    integers: &'a mut [i8],
}

/// `x / scale` rounded half to even and clamped.
#[inline(always)]
fn whole(x: f32, scale: f32, [low, high]: [f32; 2]) -> i8 {
    let q = half_even_f32(x / scale);
    let q = if q < low { low } else { q };
    let q = if q > high { high } else { q };
    // The last byte of the sum is the integer: 1.5 · 2²³ ends in zeros.
    (q + 12_582_912.0).to_bits() as u8 as i8
}

impl pulp::NullaryFnOnce for Quantize<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let lanes = self.rows.side_by_side();
        for (range, channel) in self.rows.each(self.values.len()) {
            let row = self.values[range.clone()].iter().zip(&mut self.integers[range]);
            if lanes {
                for ((x, q), scale) in row.zip(self.scales) {
                    *q = whole(*x, *scale, self.limits);
                }
            } else {
                let scale = self.scales[channel];
                for (x, q) in row {
                    *q = whole(*x, scale, self.limits);
                }
            }
        }
    }
}

/// What the integers stand for: `q · scale`.
pub fn dequantize(integers: &[i8], scales: &[f32], rows: Rows) -> Vec<f32> {
    let mut values = vec![0.0; integers.len()];
    for (range, channel) in rows.each(integers.len()) {
        let row = integers[range.clone()].iter().zip(&mut values[range]);
        if rows.side_by_side() {
            for ((q, x), scale) in row.zip(scales) {
                *x = f32::from(*q) * scale;
            }
        } else {
            for (q, x) in row {
                *x = f32::from(*q) * scales[channel];
            }
        }
    }
    values
}
