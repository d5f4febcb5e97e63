//! Depthwise convolutions: rows of the image in pairs, one word for two pixels above each other, so that one instruction
//! does two taps.

use pulp::bytemuck::cast_slice;

use super::filters::{by_vector, starts, two};
use super::lanes::{Lanes, Work};
use super::rescale::{By, Channel, Limits, WORDS, put};
use super::{Elements, Machine, Out};
use crate::Window;

/// A filter `[rows, columns, channels]`, packed for the vectors of a machine.
#[derive(Clone, Debug)]
pub struct Taps {
    machine: Machine,
    rows: usize,
    columns: usize,
    channels: usize,
    /// The first channel of each vector.
    starts: Vec<usize>,
    /// For each vector, pair of rows and column: the channels. Beyond the last channel they begin again.
    weights: Vec<i32>,
    /// For each vector: [`WORDS`] vectors.
    by: Vec<i32>,
}

impl Taps {
    /// Packs a filter less its zero point.
    ///
    /// # Panics
    /// The lengths do not fit each other.
    pub fn new(machine: Machine, [rows, columns]: [usize; 2], filter: &[i16], channels: &[Channel]) -> Self {
        let n = channels.len();
        assert_eq!(filter.len(), rows * columns * n);
        let lanes = machine.lanes();
        let starts = starts(n, lanes);
        let mut weights = Vec::with_capacity(starts.len() * lanes * rows.div_ceil(2) * columns);
        for start in &starts {
            for (pair, column) in (0..rows.div_ceil(2)).flat_map(|i| (0..columns).map(move |j| (i, j))) {
                for channel in (*start..start + lanes).map(|at| at % n) {
                    let tap = |row: usize| filter.get((row * columns + column) * n + channel).copied();
                    weights.push(two(tap(2 * pair).unwrap_or(0), tap(2 * pair + 1).unwrap_or(0)));
                }
            }
        }
        Self {
            machine,
            rows,
            columns,
            channels: n,
            weights,
            by: by_vector(&starts, lanes, channels),
            starts,
        }
    }
}

/// A depthwise convolution of images `[batch, rows, columns, channels]`.
#[derive(Clone, Copy, Debug)]
pub struct Depthwise {
    /// Images.
    pub batch: usize,
    /// How the filter moves down.
    pub rows: Window,
    /// How it moves right.
    pub columns: Window,
    /// Output channels for each of the image.
    pub multiplier: usize,
    /// The zero point of the image, which padding has, too.
    pub zero: i16,
}

impl Depthwise {
    /// Fills `out[batch, rows, columns, channels]`, whose positions are as far apart as it has channels. `scratch` is for use.
    ///
    /// # Panics
    /// The lengths do not fit each other.
    pub fn run(&self, taps: &Taps, input: Elements<'_>, out: Out<'_>, scratch: &mut Vec<i32>) {
        taps.machine.dispatch(Rows {
            depthwise: self,
            taps,
            input,
            out,
            scratch,
        });
    }

    /// Columns of the image in its padding.
    fn width(&self) -> usize {
        let Window {
            output,
            stride,
            dilation,
            size,
            ..
        } = self.columns;
        (output - 1) * stride + (size - 1) * dilation + 1
    }

    /// Two rows of the image less their zero point as one row of words; what is padding is 0.
    #[inline(always)]
    fn pair(&self, input: Elements<'_>, inputs: usize, [low, high]: [Option<usize>; 2], to: &mut [i32]) {
        match input {
            Elements::Signed(data) => self.pair_of(data, inputs, [low, high], to),
            Elements::Unsigned(data) => self.pair_of(data, inputs, [low, high], to),
            Elements::Halves(data) => self.pair_of(data, inputs, [low, high], to),
        }
    }

    #[inline(always)]
    fn pair_of<T: Copy + Into<i16>>(
        &self,
        data: &[T],
        inputs: usize,
        [low, high]: [Option<usize>; 2],
        to: &mut [i32],
    ) {
        let zero = i32::from(self.zero);
        let wide = |x: T| i32::from(x.into()) - zero;
        let line = |row: usize| &data[row * self.columns.input * inputs..];
        if self.multiplier != 1 {
            for (at, to) in to.iter_mut().enumerate() {
                let of = |row: Option<usize>| row.map_or(0, |row| wide(line(row)[at / self.multiplier]));
                *to = of(low) & 0xffff | of(high) << 16;
            }
            return;
        }
        match (low, high) {
            (Some(low), Some(high)) => {
                for ((to, low), high) in to.iter_mut().zip(line(low)).zip(line(high)) {
                    *to = wide(*low) & 0xffff | wide(*high) << 16;
                }
            }
            (Some(low), None) => {
                for (to, low) in to.iter_mut().zip(line(low)) {
                    *to = wide(*low) & 0xffff;
                }
            }
            (None, Some(high)) => {
                for (to, high) in to.iter_mut().zip(line(high)) {
                    *to = wide(*high) << 16;
                }
            }
            (None, None) => to.fill(0),
        }
    }
}

struct Rows<'a> {
    depthwise: &'a Depthwise,
    taps: &'a Taps,
    input: Elements<'a>,
    out: Out<'a>,
    scratch: &'a mut Vec<i32>,
}

impl Work for Rows<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let Self {
            depthwise,
            taps,
            input,
            mut out,
            scratch,
        } = self;
        let (rows, columns, n) = (depthwise.rows, depthwise.columns, taps.channels);
        let (width, pairs) = (depthwise.width(), rows.size.div_ceil(2));
        let pixels = columns.input.min(width.saturating_sub(columns.before));
        // Vectors may read beyond the last pixel.
        let line = width * n + L::COUNT;
        scratch.clear();
        scratch.resize(pairs * line, 0);
        for number in 0..depthwise.batch * rows.output {
            let (image, y) = (number / rows.output, number % rows.output);
            for (pair, to) in scratch.chunks_exact_mut(line).enumerate() {
                let of = |tap: usize| {
                    let inside = (tap < rows.size).then(|| rows.at(y, tap)).flatten();
                    inside.map(|row| image * rows.input + row)
                };
                let to = &mut to[columns.before * n..][..pixels * n];
                depthwise.pair(
                    input,
                    n / depthwise.multiplier,
                    [of(2 * pair), of(2 * pair + 1)],
                    to,
                );
            }
            let out = out.at(number * columns.output);
            let row = Row {
                depthwise,
                taps,
                words: scratch,
                line,
            };
            if pairs * columns.size == 6 {
                row.run::<L, 6>(lanes, out);
            } else {
                row.run::<L, 0>(lanes, out);
            }
        }
    }
}

/// One row of the output.
struct Row<'a> {
    depthwise: &'a Depthwise,
    taps: &'a Taps,
    words: &'a [i32],
    /// Words of a pair of rows.
    line: usize,
}

impl Row<'_> {
    /// With `N` vectors of weights in registers, or any number for 0.
    #[inline(always)]
    fn run<L: Lanes, const N: usize>(&self, lanes: L, mut out: Out<'_>) {
        let Self {
            depthwise,
            taps,
            words,
            line,
        } = *self;
        let (columns, n) = (depthwise.columns, taps.channels);
        let limits = match out {
            Out::Bytes { output, .. } => Some(Limits::new(lanes, output)),
            Out::Sums { .. } => None,
        };
        let count = taps.rows.div_ceil(2) * taps.columns;
        let offset = |tap: usize| tap / taps.columns * line + tap % taps.columns * columns.dilation * n;
        let mut offsets = [0; N];
        for (tap, to) in offsets.iter_mut().enumerate() {
            *to = offset(tap);
        }
        // Neighbouring pixels of few channels share a vector.
        let shared = columns.stride == 1 && n < L::COUNT && L::COUNT.is_multiple_of(n);
        let pixels = if shared { L::COUNT / n } else { 1 };
        let whole = n.min(L::COUNT) * pixels == L::COUNT || taps.starts.len() == 1;
        let all: &[L::Words] = cast_slice(&taps.weights);
        let by: &[L::Words] = cast_slice(&taps.by);
        for (vector, start) in taps.starts.iter().enumerate() {
            let weights = &all[vector * count..][..count];
            let by = &by[vector * WORDS..][..WORDS];
            let bias = lanes.load(&by[0]);
            let by = By::load(lanes, by);
            let mut kept = [lanes.splat(0); N];
            for (kept, weight) in kept.iter_mut().zip(weights) {
                *kept = lanes.load(weight);
            }
            for pixel in (0..columns.output).step_by(pixels) {
                let from = &words[pixel * columns.stride * n + start..];
                let at = |offset: usize| {
                    let words: &[L::Words] = cast_slice(&from[offset..][..L::COUNT]);
                    lanes.load(&words[0])
                };
                let mut sum = bias;
                if N == 0 {
                    for (tap, weight) in weights.iter().enumerate() {
                        sum = lanes.madd(at(offset(tap)), lanes.load(weight), sum);
                    }
                } else {
                    for tap in 0..N {
                        sum = lanes.madd(at(offsets[tap]), kept[tap], sum);
                    }
                }
                let at = pixel * n + start;
                match (&mut out, limits) {
                    (Out::Bytes { out, .. }, Some(limits)) => {
                        let bytes = limits.apply(lanes, by.times(lanes, sum));
                        let out = &mut out[at..];
                        put::<L>(&bytes, if whole { out } else { &mut out[..n] });
                    }
                    (Out::Sums { out, .. }, _) => {
                        let mut words = *weights.first().unwrap_or(&all[0]);
                        lanes.store(sum, &mut words);
                        let words: &[i32] = cast_slice(std::slice::from_ref(&words));
                        let count = out.len().saturating_sub(at).min(if whole { L::COUNT } else { n });
                        out[at..][..count].copy_from_slice(&words[..count]);
                    }
                    (Out::Bytes { .. }, None) => {}
                }
            }
        }
    }
}
