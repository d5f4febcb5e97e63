//! Scales and offsets as AMCT defines them, value after value.

use crate::rounding::even;

/// Scale and offset of an activation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Factors {
    pub scale: f32,
    pub offset: i64,
}

/// Rounds to the nearest whole number, halves to the even one.
pub(super) fn whole(x: f32) -> i64 {
    even(f64::from(x), i64::MIN, i64::MAX)
}

/// Scales of weights: of each channel the larger magnitude by 127, or by 128 when it is below 0.
pub(super) fn arq(weights: &[f64], channels: usize, row: usize) -> Vec<f32> {
    let of = |channel: usize| {
        let own = weights
            .iter()
            .enumerate()
            .filter(|(place, _)| place / row % channels == channel);
        let (mut max, mut min) = (f64::NEG_INFINITY, f64::INFINITY);
        for (_, w) in own {
            max = max.max(*w);
            min = min.min(*w);
        }
        symmetric(max as f32, min as f32)
    };
    (0..channels).map(of).collect()
}

fn symmetric(max: f32, min: f32) -> f32 {
    let scale = if min.abs() > max.abs() {
        min.abs() / 128.0
    } else {
        max.abs() / 127.0
    };
    if scale < f32::EPSILON { 1.0 } else { scale }
}

/// Of a range that holds zero.
pub(super) fn of_range(max: f32, min: f32, offset: bool) -> Factors {
    if !offset {
        return Factors {
            scale: symmetric(max, min),
            offset: 0,
        };
    }
    let scale = (max - min) / 255.0;
    if scale < f32::EPSILON {
        return Factors {
            scale: 1.0,
            offset: -128,
        };
    }
    Factors {
        scale,
        offset: -whole(min / scale) - 128,
    }
}

/// IFMR with its usual numbers: percentiles of 0.999999, factors from 0.7 below 1.3 by 0.01.
pub(super) fn ifmr(values: &[f32], offset: bool) -> Factors {
    let mut sorted = values.to_vec();
    sorted.sort_by(f32::total_cmp);
    let count = sorted.len();
    let outside = (count - (0.999_999 * count as f64) as usize).max(1);
    let (most, least) = (sorted[count - outside].max(0.0), sorted[outside - 1].min(0.0));
    let mut best = (f64::INFINITY, of_range(most, least, offset));
    // ceil((1.3 − 0.7) / 0.01) is 61. Eight are made at a time: the first in f64, the others from it in f32.
    for i in 0..61 {
        let lane = if i < 48 { i % 8 } else { 0 };
        let factor = (0.7 + f64::from(i - lane) * 0.01) as f32 + lane as f32 * 0.01f32;
        let max = factor * most;
        let min = if offset { least } else { factor * least };
        let found = of_range(max, min, offset);
        let (low, high) = if offset {
            (min, max)
        } else {
            (-max.max(-min), max.max(-min))
        };
        let mut error = 0.0;
        for x in values {
            let q = whole(x.max(low).min(high) / found.scale) as f32;
            error += f64::from(q * found.scale - x).powi(2);
        }
        if error < best.0 {
            best = (error, found);
        }
    }
    best.1
}

/// The grid of a FakeQuant node of 8 bits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    pub scale: f32,
    pub zero: i64,
    least: i64,
}

impl Grid {
    /// TensorFlow's nudged grid.
    pub fn of(min: f32, max: f32, narrow: bool) -> Self {
        let least = i64::from(narrow);
        let scale = (max - min) / (255 - least) as f32;
        let zero = (least as f32 - min / scale).clamp(least as f32, 255.0);
        Self {
            scale,
            zero: (zero + 0.5).floor() as i64,
            least,
        }
    }

    /// The nearest value of the grid.
    pub fn value(self, x: f32) -> f32 {
        let min = (self.least - self.zero) as f32 * self.scale;
        let max = (255 - self.zero) as f32 * self.scale;
        let steps = ((x.max(min).min(max) - min) / self.scale + 0.5).floor() as i64;
        (steps + self.least - self.zero) as f32 * self.scale
    }
}

/// What a layer's record says.
pub struct Entry {
    pub activation: Factors,
    pub weights: Vec<f32>,
}
