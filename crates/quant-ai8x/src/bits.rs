//! Bits of a weight.

use quant_torch::{Error, Problem, Result};

use crate::limits::MAX_BITS;

/// How many bits a weight has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bits {
    /// −1 or +1, written −1 (MAX78002).
    Binary,
    /// Two's complement of so many bits, 1 to 16; the devices have 1, 2, 4 and 8.
    Signed(u8),
}

impl Bits {
    /// What the original takes when nobody says anything.
    pub const DEFAULT: Self = Self::Signed(8);

    /// From a number; −1 is [`Bits::Binary`].
    ///
    /// # Errors
    /// It is no count of bits.
    pub fn new(number: i64) -> Result<Self> {
        match number {
            -1 => Ok(Self::Binary),
            1..=MAX_BITS => Ok(Self::Signed(number as u8)),
            _ => Err(Error::new(
                "",
                Problem::Option(format!("{number} is no count of bits for weights")),
                "use 1, 2, 4 or 8, or -1 for binary weights",
            )),
        }
    }

    /// The number that is written down.
    pub fn number(self) -> i8 {
        match self {
            Self::Binary => -1,
            Self::Signed(bits) => bits as i8,
        }
    }

    /// Bits that the arithmetic works with: binary weights are as long as those of one bit.
    pub(crate) fn width(self) -> i32 {
        match self {
            Self::Binary => 1,
            Self::Signed(bits) => i32::from(bits),
        }
    }

    /// `2^(bits − 1)`: what stands for 1.
    pub(crate) fn one(self) -> f32 {
        2f32.powi(self.width() - 1)
    }

    /// The lowest and the highest value.
    pub(crate) fn range(self) -> (f32, f32) {
        match self {
            Self::Binary => (-1.0, 1.0),
            Self::Signed(_) => (-self.one(), self.one() - 1.0),
        }
    }
}
