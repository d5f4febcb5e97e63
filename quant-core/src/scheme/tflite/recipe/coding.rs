//! What tensors become: integers with their parameters, or halves.

use std::rc::Rc;

use quant_ir::DType;

/// What a tensor becomes.
#[derive(Clone, Debug, PartialEq)]
pub enum Coding {
    /// Integers.
    Uniform(Uniform),
    /// Half-precision floats, as bytes.
    Half(Vec<u8>),
}

/// Parameters of integers, and of a constant the integers.
#[derive(Clone, Debug, PartialEq)]
pub struct Uniform {
    /// Bits of an integer.
    pub bits: u8,
    /// Whether integers may be negative.
    pub signed: bool,
    /// Without a zero point.
    pub symmetric: bool,
    /// Without the least integer, which kernels do not take.
    pub narrow: bool,
    /// Scales.
    pub scale: Scales,
    /// Zero points, as many as scales.
    pub zero_point: Vec<i64>,
    /// The dimension that scales run along; `None` for one scale, or those of blocks.
    pub axis: Option<usize>,
    /// Elements of a block; 0 for none.
    pub block: usize,
    /// The size of the Hadamard matrix that weights were multiplied by.
    pub hadamard: Option<usize>,
    /// Dimensions of NumPy's array of scales: two with other numbers of them are never equal.
    pub rank: usize,
    /// A constant's integers, packed.
    pub data: Option<Rc<Vec<u8>>>,
}

/// Scales as NumPy has them.
#[derive(Clone, Debug)]
pub enum Scales {
    /// Of recorded ranges and of constants.
    Single(Vec<f32>),
    /// Of a range that comes from other parameters.
    Scalar(f64),
}

impl Scales {
    /// As files have them.
    pub fn singles(&self) -> Vec<f32> {
        match self {
            Self::Single(scales) => scales.clone(),
            Self::Scalar(scale) => vec![*scale as f32],
        }
    }
}

impl PartialEq for Scales {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Single(a), Self::Single(b)) => a == b,
            (Self::Scalar(a), Self::Scalar(b)) => a.total_cmp(b).is_eq(),
            (Self::Single(a), Self::Scalar(b)) | (Self::Scalar(b), Self::Single(a)) => {
                matches!(a[..], [a] if f64::from(a).total_cmp(b).is_eq())
            }
        }
    }
}

impl Uniform {
    /// Whether they are the same numbers, whatever array they come in.
    pub fn means(&self, other: &Self) -> bool {
        let plain = |uniform: &Self| Self {
            scale: Scales::Single(uniform.scale.singles()),
            rank: 0,
            ..uniform.clone()
        };
        (self.bits, &self.zero_point) == (other.bits, &other.zero_point) && plain(self) == plain(other)
    }

    /// The least and the greatest integer.
    pub fn limits(&self) -> (f64, f64) {
        let (low, high) = limits(self.bits, self.signed);
        (if self.narrow { low + 1.0 } else { low }, high)
    }

    /// The element type.
    pub fn dtype(&self) -> DType {
        match self.bits {
            2 => DType::Int2,
            4 => DType::Int4,
            8 if self.signed => DType::Int8,
            8 => DType::Uint8,
            16 => DType::Int16,
            32 => DType::Int32,
            _ => DType::Int64,
        }
    }

    /// The range that the integers stand for.
    pub fn range(&self) -> Range {
        let (low, high) = limits(self.bits, true);
        let scale = match &self.scale {
            Scales::Single(scales) => f64::from(scales.first().copied().unwrap_or(0.0)),
            Scales::Scalar(scale) => *scale,
        };
        let zero_point = self.zero_point.first().copied().unwrap_or(0) as f64;
        let max = (high - zero_point) * scale;
        let min = if self.symmetric {
            -max
        } else {
            (low - zero_point) * scale
        };
        Range::Derived { min, max }
    }
}

/// The range of an activation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Range {
    /// It was recorded.
    Recorded {
        /// The least value.
        min: f32,
        /// The greatest.
        max: f32,
        /// Dimensions of the tensor.
        rank: usize,
    },
    /// It is what parameters of another tensor stand for.
    Derived {
        /// The least value.
        min: f64,
        /// The greatest.
        max: f64,
    },
}

/// All integers of so many bits.
pub fn limits(bits: u8, signed: bool) -> (f64, f64) {
    let half = f64::from(bits - 1).exp2();
    if signed {
        (-half, half - 1.0)
    } else {
        (0.0, 2.0 * half - 1.0)
    }
}
