//! Scales, zero points and integers, each in the precision in which onnxruntime computes it.

use crate::rounding::even;

/// Integers of a tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Integers {
    Uint8,
    Int8,
    Int16,
    Int32,
    Uint4,
}

/// A step, and the integer of 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Params {
    pub scale: f32,
    pub zero: i64,
}

/// How a range becomes parameters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    pub integers: Integers,
    pub symmetric: bool,
}

impl Integers {
    /// By the word of goldens; others than these are those of blocks.
    pub fn of(word: &str) -> Self {
        match word {
            "uint8" => Self::Uint8,
            "int8" => Self::Int8,
            "int16" => Self::Int16,
            _ => Self::Uint4,
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Uint8 => "uint8",
            Self::Int8 => "int8",
            Self::Int16 => "int16",
            Self::Int32 => "int32",
            Self::Uint4 => "uint4",
        }
    }

    pub fn signed(self) -> bool {
        !matches!(self, Self::Uint8 | Self::Uint4)
    }

    fn limits(self) -> (i64, i64) {
        match self {
            Self::Uint8 => (0, 255),
            Self::Int8 => (-128, 127),
            Self::Int16 => (-32768, 32767),
            Self::Int32 => (i64::from(i32::MIN), i64::from(i32::MAX)),
            Self::Uint4 => (0, 15),
        }
    }

    /// The integer of a value: divided in f32, rounded half to even, moved, and cut at the limits of the type.
    pub fn whole(self, x: f32, params: Params) -> i64 {
        let (low, high) = self.limits();
        let q = even(
            f64::from(x / params.scale),
            i64::from(i32::MIN),
            i64::from(i32::MAX),
        );
        (q + params.zero).clamp(low, high)
    }
}

impl Rule {
    /// Symmetric ranges of signed integers leave out the lowest.
    pub fn params(self, least: f32, most: f32) -> Params {
        let (mut low, high) = self.integers.limits();
        let (mut least, mut most) = (f64::from(least.min(0.0)), f64::from(most.max(0.0)));
        if self.symmetric {
            low += i64::from(self.integers.signed());
            most = most.max(-least);
            least = -most;
        }
        let step = (most - least) / (high - low) as f64;
        if step < f64::from(f32::MIN_POSITIVE) {
            return Params { scale: 1.0, zero: 0 };
        }
        let zero = if self.symmetric {
            (low + high) as f64 / 2.0
        } else {
            low as f64 - least / step
        };
        Params {
            scale: step as f32,
            zero: even(zero, low, high),
        }
    }
}

/// The integer of a bias.
pub(super) fn bias(b: f32, scale: f32) -> i64 {
    even(
        f64::from(b) / f64::from(scale),
        i64::from(i32::MIN),
        i64::from(i32::MAX),
    )
}
