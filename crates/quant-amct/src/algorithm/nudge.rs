//! The grid of TensorFlow's FakeQuantWithMinMaxVars, and what it is as scale and offset.

use super::Bits;

/// Integers `low`…`high` at distance `scale`, of which `zero_point` is 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// Distance of two values.
    pub scale: f32,
    /// The integer that stands for 0, between `low` and `high`.
    pub zero_point: i32,
    /// The least integer: 1 for a narrow range, else 0.
    pub low: i32,
    /// The greatest integer, `2^bits − 1`.
    pub high: i32,
}

impl Grid {
    /// TensorFlow's nudged grid for `min`…`max`: `scale = (max − min) / (high − low)`, the zero point is `low − min / scale`
    /// rounded half up, or the nearer end when it lies outside. `None` unless `min < max` and both are finite, which
    /// TensorFlow refuses too (it gives zeros for `min == max == 0`).
    pub fn nudged(min: f32, max: f32, bits: Bits, narrow: bool) -> Option<Self> {
        if !(min.is_finite() && max.is_finite() && min < max) {
            return None;
        }
        let low = i32::from(narrow);
        let high = bits.steps();
        let scale = (max - min) / (high - low) as f32;
        let from_min = low as f32 - min / scale;
        let zero_point = if from_min < low as f32 {
            low
        } else if from_min > high as f32 {
            high
        } else {
            (from_min + 0.5).floor() as i32
        };
        let grid = Self {
            scale,
            zero_point,
            low,
            high,
        };
        (scale > 0.0 && scale.is_finite()).then_some(grid)
    }

    /// The least value of the grid.
    pub fn min(&self) -> f32 {
        (self.low - self.zero_point) as f32 * self.scale
    }

    /// The greatest value of the grid.
    pub fn max(&self) -> f32 {
        (self.high - self.zero_point) as f32 * self.scale
    }

    /// Which integer TensorFlow's kernel makes of `x`, counted from that of 0: `floor((clamp(x) − min) / scale − zero + 0.5)`,
    /// where `zero` is the zero point counted from `low`. Each step is f32, which decides what a middle becomes.
    pub fn steps(&self, x: f32) -> i32 {
        let min = self.min();
        let zero = (self.zero_point - self.low) as f32;
        ((x.clamp(min, self.max()) - min) / self.scale - zero + 0.5).floor() as i32
    }

    /// The value of the grid that TensorFlow's kernel gives for `x`: [`steps`](Self::steps) times the scale.
    pub fn value(&self, x: f32) -> f32 {
        self.steps(x) as f32 * self.scale
    }

    /// The offset of int8 for an activation on this grid: the zero point moved by 128.
    pub fn offset(&self) -> i32 {
        self.zero_point - 128
    }
}
