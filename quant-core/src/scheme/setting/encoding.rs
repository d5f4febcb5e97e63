//! How the elements of one tensor are stored.

use std::fmt;
use std::str::FromStr;

use quant_ir::DType;
use quant_types::{Granularity, QuantType};

use super::no_setting::NoSetting;

/// How many scales a tensor has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Per {
    /// One for all of it.
    Tensor,
    /// One for each index of the channel axis.
    Channel,
    /// One for so many neighbouring elements behind the channel axis.
    Block(u32),
}

impl From<Granularity> for Per {
    fn from(granularity: Granularity) -> Self {
        match granularity {
            Granularity::Layer => Self::Tensor,
            Granularity::Channel => Self::Channel,
        }
    }
}

impl fmt::Display for Per {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tensor => f.write_str("tensor"),
            Self::Channel => f.write_str("channel"),
            Self::Block(elements) => write!(f, "block{elements}"),
        }
    }
}

/// How the elements of a tensor are stored. Floats have no scales: they are symmetric, per tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Encoding {
    /// The element type.
    pub dtype: DType,
    /// Whether the zero point is 0, and the lowest integer is the highest with a minus.
    pub symmetric: bool,
    /// How many scales there are.
    pub granularity: Per,
}

impl Encoding {
    /// Elements stay 32-bit floats: an island among integers, when an operator's setting says so.
    pub const FLOAT32: Self = Self::symmetric(DType::Float32, Per::Tensor);

    /// Integers with zero point 0.
    pub const fn symmetric(dtype: DType, granularity: Per) -> Self {
        Self {
            dtype,
            symmetric: true,
            granularity,
        }
    }

    /// Integers with a zero point.
    pub const fn asymmetric(dtype: DType, granularity: Per) -> Self {
        Self {
            dtype,
            symmetric: false,
            granularity,
        }
    }

    /// What a word of lists and command lines stands for: uint8 is asymmetric, the other types are symmetric.
    pub const fn of(dtype: QuantType, granularity: Per) -> Self {
        match dtype {
            QuantType::Uint8 => Self::asymmetric(DType::Uint8, granularity),
            QuantType::Int16 => Self::symmetric(DType::Int16, granularity),
            QuantType::Int8 => Self::symmetric(DType::Int8, granularity),
            QuantType::Int4 => Self::symmetric(DType::Int4, granularity),
        }
    }

    /// The integers that loops over whole tensors make ([`quant_numeric::coding`]); `None` when they know none such.
    pub const fn integers(self) -> Option<QuantType> {
        match (self.dtype, self.symmetric) {
            (DType::Uint8, false) => Some(QuantType::Uint8),
            (DType::Int16, true) => Some(QuantType::Int16),
            (DType::Int8, true) => Some(QuantType::Int8),
            (DType::Int4, true) => Some(QuantType::Int4),
            _ => None,
        }
    }

    /// Whether elements are floats, which have no scale.
    pub const fn is_float(self) -> bool {
        matches!(
            self.dtype,
            DType::Float32 | DType::Float16 | DType::Bfloat16 | DType::Float64
        )
    }

    /// Lowest and highest integer; (0, 0) for types that are no integers. The lowest signed one of a symmetric encoding
    /// has no positive twin and is not used.
    pub const fn limits(self) -> (i64, i64) {
        let (low, high) = match self.dtype {
            DType::Uint4 => (0, 15),
            DType::Uint8 => (0, u8::MAX as i64),
            DType::Int4 => (-8, 7),
            DType::Int8 => (i8::MIN as i64, i8::MAX as i64),
            DType::Int16 => (i16::MIN as i64, i16::MAX as i64),
            DType::Int32 => (i32::MIN as i64, i32::MAX as i64),
            DType::Int64 => (i64::MIN, i64::MAX),
            _ => (0, 0),
        };
        if self.symmetric && low < 0 {
            (-high, high)
        } else {
            (low, high)
        }
    }

    /// How many steps lie between the lowest and the highest integer.
    pub const fn steps(self) -> f32 {
        let (low, high) = self.limits();
        (high as i128 - low as i128) as f32
    }

    /// The quantized dimension of a tensor whose channels run along `axis`.
    pub fn dimension(self, axis: usize) -> i32 {
        match self.granularity {
            Per::Tensor => 0,
            Per::Channel | Per::Block(_) => axis as i32,
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_float() {
            return write!(f, "{}", self.dtype);
        }
        let symmetry = if self.symmetric { "symmetric" } else { "asymmetric" };
        write!(f, "{}-{symmetry}-{}", self.dtype, self.granularity)
    }
}

impl FromStr for Encoding {
    type Err = NoSetting;

    fn from_str(text: &str) -> Result<Self, NoSetting> {
        let wrong = |what: &str| {
            NoSetting(format!(
                "`{text}`: {what}; write a float type, or integers as in int8-symmetric-channel"
            ))
        };
        let mut words = text.split('-');
        let mut next = || words.next();
        let dtype = next().and_then(DType::from_word);
        let dtype = dtype.ok_or_else(|| wrong("its type is unknown"))?;
        let float = Self::symmetric(dtype, Per::Tensor);
        let encoding = match (next(), next()) {
            (None, None) if float.is_float() => float,
            _ if float.limits() == (0, 0) => return Err(wrong("its type has no scales")),
            (Some(symmetry), Some(granularity)) => Self {
                dtype,
                symmetric: match symmetry {
                    "symmetric" => true,
                    "asymmetric" => false,
                    _ => return Err(wrong("it is neither symmetric nor asymmetric")),
                },
                granularity: match (granularity, granularity.strip_prefix("block")) {
                    ("tensor", _) => Per::Tensor,
                    ("channel", _) => Per::Channel,
                    (_, Some(elements)) => match elements.parse() {
                        Ok(elements) if elements > 0 => Per::Block(elements),
                        _ => return Err(wrong("its block has no size")),
                    },
                    _ => return Err(wrong("its granularity is none of tensor, channel and blockN")),
                },
            },
            _ => return Err(wrong("symmetry and granularity are missing")),
        };
        match next() {
            None => Ok(encoding),
            Some(_) => Err(wrong("it has too many words")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_of_integers() {
        let limits = |dtype| {
            let both = [Encoding::symmetric, Encoding::asymmetric];
            both.map(|encoding| encoding(dtype, Per::Tensor).limits())
        };
        assert_eq!(limits(DType::Uint8), [(0, 255); 2]);
        assert_eq!(limits(DType::Int8), [(-127, 127), (-128, 127)]);
        assert_eq!(limits(DType::Int16), [(-32767, 32767), (-32768, 32767)]);
        assert_eq!(limits(DType::Int4), [(-7, 7), (-8, 7)]);
        assert_eq!(limits(DType::Int32)[0], (-2_147_483_647, 2_147_483_647));
        assert_eq!(limits(DType::Bool), [(0, 0); 2]);
        assert_eq!(Encoding::of(QuantType::Int16, Per::Tensor).steps(), 65534.0);
    }
}
