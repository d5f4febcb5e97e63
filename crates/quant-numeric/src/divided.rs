//! Whole tensors to 8-bit integers by a division in f64, as TensorFlow's MLIR quantizers do it where they go through
//! `UniformQuantizedType`.
#![allow(clippy::inline_always)] // see `super::lanes`

use rayon::prelude::*;

use super::channels::Channels;
use super::coding::Float;
use super::round::half_away_f64;
use super::slice::whole;

/// Values that a task takes.
const BLOCK: usize = 1 << 16;

/// Scale, zero point and bounds of the integers of a channel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Steps {
    /// Real distance of two neighbouring integers; not 0.
    pub scale: f64,
    /// The integer that means 0.
    pub zero_point: i64,
    /// The lowest integer.
    pub low: i64,
    /// The highest integer.
    pub high: i64,
}

impl Steps {
    /// `q = round(x / scale + zero_point)` in f64, half away from zero, clamped; NaN is 0.
    #[inline(always)]
    pub fn quantize(self, x: f32) -> i64 {
        let q = half_away_f64(f64::from(x) / self.scale + self.zero_point as f64);
        let (low, high) = (self.low as f64, self.high as f64);
        let q = if q < low { low } else { q };
        (if q > high { high } else { q }) as i64
    }
}

/// The numbers of [`Steps`] as the loops take them: vector units convert no i64.
#[derive(Clone, Copy)]
struct Lane {
    scale: f64,
    zero_point: f64,
    low: f64,
    high: f64,
}

impl Lane {
    fn new(steps: &Steps) -> Self {
        Self {
            scale: steps.scale,
            zero_point: steps.zero_point as f64,
            low: steps.low as f64,
            high: steps.high as f64,
        }
    }

    /// As [`Steps::quantize`], for bounds of 8 bits: such integers are floats too.
    #[inline(always)]
    fn byte(self, x: Float) -> u8 {
        let q = half_away_f64(f64::from(f32::from_le_bytes(x)) / self.scale + self.zero_point);
        let q = if q < self.low { self.low } else { q };
        let q = if q > self.high { self.high } else { q };
        whole(q as f32) as u8
    }
}

/// The integers of these values, a byte each (int8 or uint8), with one [`Steps`] for each channel, on as many threads as
/// the current rayon pool has.
pub fn quantize(values: &[Float], channels: Channels, steps: &[Steps], integers: &mut [u8]) {
    let lanes: Vec<Lane> = steps.iter().map(Lane::new).collect();
    values
        .par_chunks(BLOCK)
        .zip(integers.par_chunks_mut(BLOCK))
        .enumerate()
        .for_each(|(block, (values, integers))| {
            pulp::Arch::new().dispatch(Block {
                values,
                channels,
                lanes: &lanes,
                start: block * BLOCK,
                integers,
            });
        });
}

struct Block<'a> {
    values: &'a [Float],
    channels: Channels,
    lanes: &'a [Lane],
    start: usize,
    integers: &'a mut [u8],
}

impl pulp::NullaryFnOnce for Block<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        if !self.channels.interleaved() {
            let runs = self.channels.runs(self.start..self.start + self.values.len());
            for (channel, run) in runs {
                let lane = self.lanes[channel];
                for (x, q) in self.values[run.clone()].iter().zip(&mut self.integers[run]) {
                    *q = lane.byte(*x);
                }
            }
            return;
        }
        // The first row may begin in its middle.
        let (mut values, mut integers) = (self.values, self.integers);
        let mut first = self.channels.of(self.start);
        while !values.is_empty() {
            let lanes = &self.lanes[first..];
            let length = lanes.len().min(values.len());
            let (row, below) = values.split_at(length);
            let (out, out_below) = integers.split_at_mut(length);
            for ((x, q), lane) in row.iter().zip(out).zip(lanes) {
                *q = lane.byte(*x);
            }
            (values, integers, first) = (below, out_below, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_go_away_from_zero_after_the_zero_point() {
        let steps = Steps {
            scale: 0.5,
            zero_point: -3,
            low: -128,
            high: 127,
        };
        let rows = [
            (0.0, -3),
            (0.25, -3),
            (-0.25, -4),
            (1.75, 1),
            (1e30, 127),
            (-1e30, -128),
            (f32::NAN, 0),
            (f32::INFINITY, 127),
        ];
        for (x, q) in rows {
            assert_eq!(steps.quantize(x), q, "{x}");
        }
    }

    #[test]
    fn loops_are_single_values() {
        let rows = [
            (0.5, -3, -128, 127),
            (0.1, 200, 0, 255),
            (1e-3, 0, -127, 127),
            (3e38, 1, -8, 7),
        ];
        for (scale, zero_point, low, high) in rows {
            let steps = Steps {
                scale,
                zero_point,
                low,
                high,
            };
            let special = [
                f32::NAN,
                f32::INFINITY,
                f32::NEG_INFINITY,
                f32::MAX,
                f32::MIN,
                -0.0,
                f32::MIN_POSITIVE,
            ];
            let ties = (-600..600).map(|i| ((f64::from(i) + 0.5 - zero_point as f64) * scale) as f32);
            let near = |x: f32| [x.next_down(), x, x.next_up()];
            let values: Vec<Float> = ties.flat_map(near).chain(special).map(f32::to_le_bytes).collect();
            let mut integers = vec![0; values.len()];
            quantize(&values, Channels::one(), &[steps], &mut integers);
            let single = values
                .iter()
                .map(|x| steps.quantize(f32::from_le_bytes(*x)) as u8);
            assert!(integers.iter().copied().eq(single), "{scale} {zero_point}");
        }
    }

    #[test]
    fn every_value_is_taken_with_its_own_channel() {
        for (count, inner, repeats) in [(1, 1, 70_000), (3, 1, 30_001), (5, 7, 2003), (2, 40_000, 1)] {
            let channels = Channels::new(count, inner);
            let steps: Vec<Steps> = (0..count)
                .map(|channel| Steps {
                    scale: 0.01 * (1.0 + channel as f64),
                    zero_point: channel as i64 - 1,
                    low: -127,
                    high: 127,
                })
                .collect();
            let values: Vec<Float> = (0..count * inner * repeats)
                .map(|i| ((i * 37 % 1009) as f32 / 400.0 - 1.2).to_le_bytes())
                .collect();
            let mut integers = vec![0; values.len()];
            quantize(&values, channels, &steps, &mut integers);
            let naive = values.iter().enumerate().map(|(i, x)| {
                let steps = steps[channels.of(i)];
                let q = f64::from(f32::from_le_bytes(*x)) / steps.scale + steps.zero_point as f64;
                half_away_f64(q).clamp(-127.0, 127.0) as i8 as u8
            });
            assert!(integers.iter().copied().eq(naive), "{count} {inner}");
        }
    }
}
