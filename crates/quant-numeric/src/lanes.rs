//! The loops over weights. They are plain Rust, compiled once for every machine and once for the vector units
//! that this machine turns out to have; no operation is fused or taken in another order, so that the results
//! are the same bits.
#![allow(clippy::inline_always)] // a function that is not inlined is compiled for every machine only

use quant_types::QuantType;

use super::affine::{Affine, INT4_MAX, INT8_MAX, INT16_MAX, inv_scale};
use super::channels::Channels;
use super::slice::{clip, dequantize_symmetric, dequantize_u8, quantize_symmetric, quantize_u8};

/// A float as files hold it: four bytes, the lowest first.
pub type Float = [u8; 4];

/// How many running extremes stand side by side: a sum or an extreme of one number after the other waits for
/// each step, many side by side do not.
const WIDTH: usize = 32;

/// Smallest and largest of some values, and the bits of the largest magnitude, NaN included.
#[derive(Clone, Copy, Debug)]
pub struct Extremes {
    pub min: f32,
    pub max: f32,
    pub magnitude: u32,
}

impl Extremes {
    /// Those of no values.
    pub const NONE: Self = Self {
        min: f32::INFINITY,
        max: f32::NEG_INFINITY,
        magnitude: 0,
    };

    /// Whether there is no NaN, no infinity, and neither the lowest nor the highest float, which tools write
    /// for infinity.
    pub fn are_finite(&self) -> bool {
        self.magnitude < f32::MAX.to_bits()
    }

    /// Those of both.
    #[inline(always)]
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            min: if other.min < self.min { other.min } else { self.min },
            max: if other.max > self.max { other.max } else { self.max },
            magnitude: self.magnitude.max(other.magnitude),
        }
    }

    #[inline(always)]
    fn add(&mut self, x: Float) {
        let x = f32::from_le_bytes(x);
        let magnitude = x.to_bits() & 0x7fff_ffff;
        self.min = if x < self.min { x } else { self.min };
        self.max = if x > self.max { x } else { self.max };
        self.magnitude = self.magnitude.max(magnitude);
    }
}

/// The extremes of all values together.
pub struct OfAll<'a>(pub &'a [Float]);

impl pulp::NullaryFnOnce for OfAll<'_> {
    type Output = Extremes;

    #[inline(always)]
    fn call(self) -> Extremes {
        let (rows, tail) = self.0.as_chunks::<WIDTH>();
        let (mut min, mut max) = ([f32::INFINITY; WIDTH], [f32::NEG_INFINITY; WIDTH]);
        let mut magnitude = [0u32; WIDTH];
        for row in rows {
            for lane in 0..WIDTH {
                let x = f32::from_le_bytes(row[lane]);
                min[lane] = if x < min[lane] { x } else { min[lane] };
                max[lane] = if x > max[lane] { x } else { max[lane] };
                magnitude[lane] = magnitude[lane].max(x.to_bits() & 0x7fff_ffff);
            }
        }
        let mut all = Extremes::NONE;
        for lane in 0..WIDTH {
            all = all.and(Extremes {
                min: min[lane],
                max: max[lane],
                magnitude: magnitude[lane],
            });
        }
        tail.iter().for_each(|x| all.add(*x));
        all
    }
}

/// The extremes of each column: values `column`, `column + width`, … belong together.
pub struct OfColumns<'a> {
    pub values: &'a [Float],
    pub columns: &'a mut [Extremes],
}

impl pulp::NullaryFnOnce for OfColumns<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        for row in self.values.chunks(self.columns.len().max(1)) {
            for (column, x) in self.columns.iter_mut().zip(row) {
                column.add(*x);
            }
        }
    }
}

/// What the values of one channel are clipped to and multiplied with.
#[derive(Clone, Copy, Debug)]
pub struct Lane {
    low: f32,
    high: f32,
    nudged_min: f32,
    scale: f32,
    inv_scale: f32,
}

impl Lane {
    /// That of a range; without `clipped` values beyond it are only bounded by the integers.
    pub fn new(range: &Affine, clipped: bool) -> Self {
        let (low, high) = if clipped {
            (range.nudged_min, range.nudged_max)
        } else {
            (f32::NEG_INFINITY, f32::INFINITY)
        };
        Self {
            low,
            high,
            nudged_min: range.nudged_min,
            scale: range.scale,
            inv_scale: inv_scale(range.scale),
        }
    }

    /// That of a symmetric range of which the reciprocal of the scale is given.
    pub fn of_inverse(inv_scale: f32) -> Self {
        Self {
            low: f32::NEG_INFINITY,
            high: f32::INFINITY,
            nudged_min: 0.0,
            scale: 1.0,
            inv_scale,
        }
    }

    #[inline(always)]
    fn quantize_u8(self, x: Float) -> u8 {
        let x = clip(f32::from_le_bytes(x), self.low, self.high);
        quantize_u8(x, self.nudged_min, self.inv_scale)
    }

    #[inline(always)]
    fn quantize_symmetric(self, x: Float, q_max: i32) -> i32 {
        let x = clip(f32::from_le_bytes(x), self.low, self.high);
        quantize_symmetric(x, self.inv_scale, q_max)
    }

    #[inline(always)]
    fn dequantize_symmetric(self, q: i32) -> Float {
        dequantize_symmetric(q, self.scale).to_le_bytes()
    }
}

/// Where a run of neighbouring values stands in its tensor.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// One for each channel.
    pub lanes: &'a [Lane],
    pub channels: Channels,
    /// The number of the first value.
    pub start: usize,
}

impl Place<'_> {
    /// Applies `to` to each value and its channel's lane.
    #[inline(always)]
    fn map<A: Copy, B>(self, from: &[A], into: &mut [B], to: impl Fn(A, Lane) -> B) {
        if !self.channels.interleaved() {
            for (channel, run) in self.channels.runs(self.start..self.start + from.len()) {
                let lane = self.lanes[channel];
                for (a, b) in from[run.clone()].iter().zip(&mut into[run]) {
                    *b = to(*a, lane);
                }
            }
            return;
        }
        // The first row may begin in its middle.
        let (mut from, mut into, mut first) = (from, into, self.channels.of(self.start));
        while !from.is_empty() {
            let lanes = &self.lanes[first..];
            let length = lanes.len().min(from.len());
            let (row, below) = from.split_at(length);
            let (out, out_below) = into.split_at_mut(length);
            for ((a, b), lane) in row.iter().zip(out).zip(lanes) {
                *b = to(*a, *lane);
            }
            (from, into, first) = (below, out_below, 0);
        }
    }
}

/// Values that are unpacked at once: four-bit integers.
const PAIRS: usize = 512;

/// Floats to integers of a type, as bytes; int4 is packed, low half first. `start` is even.
pub struct Quantize<'a> {
    pub dtype: QuantType,
    pub place: Place<'a>,
    pub floats: &'a [Float],
    pub integers: &'a mut [u8],
}

impl pulp::NullaryFnOnce for Quantize<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let (place, floats) = (self.place, self.floats);
        match self.dtype {
            QuantType::Uint8 => place.map(floats, self.integers, |x, lane| lane.quantize_u8(x)),
            QuantType::Int8 => place.map(floats, self.integers, |x, lane| {
                lane.quantize_symmetric(x, INT8_MAX) as u8
            }),
            QuantType::Int16 => place.map(floats, self.integers.as_chunks_mut().0, |x, lane| {
                (lane.quantize_symmetric(x, INT16_MAX) as i16).to_le_bytes()
            }),
            QuantType::Int4 => {
                let mut halves = [0; 2 * PAIRS];
                let blocks = floats.chunks(2 * PAIRS).zip(self.integers.chunks_mut(PAIRS));
                for (block, (floats, bytes)) in blocks.enumerate() {
                    let start = place.start + block * 2 * PAIRS;
                    halves[floats.len()..].fill(0);
                    Place { start, ..place }.map(floats, &mut halves[..floats.len()], |x, lane| {
                        lane.quantize_symmetric(x, INT4_MAX) as u8 & 0x0f
                    });
                    for (byte, [low, high]) in bytes.iter_mut().zip(halves.as_chunks().0) {
                        *byte = low | high << 4;
                    }
                }
            }
        }
    }
}

/// Integers of a type back to floats. `start` is even.
pub struct Dequantize<'a> {
    pub dtype: QuantType,
    pub place: Place<'a>,
    pub integers: &'a [u8],
    pub floats: &'a mut [Float],
}

impl pulp::NullaryFnOnce for Dequantize<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let (place, integers) = (self.place, self.integers);
        match self.dtype {
            QuantType::Uint8 => place.map(integers, self.floats, |q, lane| {
                dequantize_u8(q, lane.scale, lane.nudged_min).to_le_bytes()
            }),
            QuantType::Int8 => place.map(integers, self.floats, |q, lane| {
                lane.dequantize_symmetric(q.cast_signed().into())
            }),
            QuantType::Int16 => place.map(integers.as_chunks().0, self.floats, |q, lane| {
                lane.dequantize_symmetric(i16::from_le_bytes(q).into())
            }),
            QuantType::Int4 => {
                let mut halves = [0; 2 * PAIRS];
                let blocks = integers.chunks(PAIRS).zip(self.floats.chunks_mut(2 * PAIRS));
                for (block, (bytes, floats)) in blocks.enumerate() {
                    let start = place.start + block * 2 * PAIRS;
                    for (byte, pair) in bytes.iter().zip(halves.as_chunks_mut().0) {
                        *pair = [byte << 4, *byte];
                    }
                    Place { start, ..place }.map(&halves[..floats.len()], floats, |half, lane| {
                        lane.dequantize_symmetric((half.cast_signed() >> 4).into())
                    });
                }
            }
        }
    }
}
