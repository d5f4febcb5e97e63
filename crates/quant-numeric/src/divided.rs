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
