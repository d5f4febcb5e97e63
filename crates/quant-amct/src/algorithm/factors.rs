//! From a range to a scale and an offset.

use quant_numeric::round::half_even_f32;

use super::EPSILON;

/// Number of bits of an integer type: 8 for INT8. From 2 to 16.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bits(u32);

impl Bits {
    /// INT4.
    pub const INT4: Self = Self(4);
    /// INT8.
    pub const INT8: Self = Self(8);
    /// INT16.
    pub const INT16: Self = Self(16);

    /// So many bits; `None` outside 2…16.
    pub fn new(bits: u32) -> Option<Self> {
        (2..=16).contains(&bits).then_some(Self(bits))
    }

    /// The number of bits.
    pub fn get(self) -> u32 {
        self.0
    }

    /// Half of the integers, 128 for INT8: the least is `-half`, the greatest `half - 1`.
    pub fn half(self) -> i32 {
        1 << (self.0 - 1)
    }

    /// Steps between the least and the greatest integer, 255 for INT8.
    pub fn steps(self) -> i32 {
        2 * self.half() - 1
    }
}

/// What an activation is quantized with: `q = clamp(round(x / scale) + offset)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Factors {
    /// `scale_d`, greater than 0.
    pub scale: f32,
    /// `offset_d`, in the range of the integers.
    pub offset: i32,
}

impl Factors {
    /// Scale and offset of the range `min`…`max`, which is widened to hold 0.
    ///
    /// Asymmetric: `scale = (max − min) / steps`, `offset = −round(min / scale) − half`. Symmetric: as
    /// [`symmetric_scale`] says, offset 0. A scale below [`EPSILON`] becomes 1, with the offset of a range that begins at 0.
    pub fn of_range(max: f32, min: f32, asymmetric: bool, bits: Bits) -> Self {
        let (max, min) = (max.max(0.0), min.min(0.0));
        if !asymmetric {
            return Self {
                scale: symmetric_scale(max, min, bits),
                offset: 0,
            };
        }
        let scale = (max - min) / bits.steps() as f32;
        if scale < EPSILON {
            return Self {
                scale: 1.0,
                offset: -bits.half(),
            };
        }
        let below = half_even_f32(min / scale);
        Self {
            scale,
            offset: (-below) as i32 - bits.half(),
        }
    }

    /// The greatest value that is not clipped: `(half − 1 − offset) · scale`.
    pub fn clip_max(self, bits: Bits) -> f32 {
        (bits.half() - 1 - self.offset) as f32 * self.scale
    }

    /// The least value that is not clipped: `(−half − offset) · scale`.
    pub fn clip_min(self, bits: Bits) -> f32 {
        (-bits.half() - self.offset) as f32 * self.scale
    }
}

/// Scale of integers around 0 that hold `min` and `max`: the larger magnitude by `half − 1`, or by `half` when it is that of
/// `min` alone, which the least integer reaches. Below [`EPSILON`] it is 1.
pub fn symmetric_scale(max: f32, min: f32, bits: Bits) -> f32 {
    let (above, below) = (max.abs(), min.abs());
    let scale = if below > above {
        below / bits.half() as f32
    } else {
        above / (bits.half() - 1) as f32
    };
    if scale < EPSILON { 1.0 } else { scale }
}
