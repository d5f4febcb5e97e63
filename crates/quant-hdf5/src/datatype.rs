//! Element types.

use std::fmt;

use crate::error::{Error, Problem, Result};
use crate::source::Cursor;

/// What elements are. Numbers of other layouts than the usual ones, texts and records are [`Type::Other`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// An IEEE number of so many bytes (2, 4 or 8).
    Float(usize),
    /// A signed integer of so many bytes.
    Int(usize),
    /// An unsigned integer of so many bytes.
    Uint(usize),
    /// NumPy's bool: an enumeration of FALSE = 0 and TRUE = 1 in a byte.
    Bool,
    /// Something else, and its name.
    Other(String),
}

impl Type {
    /// Bytes of an element; `None` of another type.
    pub fn size(&self) -> Option<usize> {
        match self {
            Self::Float(size) | Self::Int(size) | Self::Uint(size) => Some(*size),
            Self::Bool => Some(1),
            Self::Other(_) => None,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Float(size) => write!(f, "float{}", size * 8),
            Self::Int(size) => write!(f, "int{}", size * 8),
            Self::Uint(size) => write!(f, "uint{}", size * 8),
            Self::Bool => f.write_str("bool"),
            Self::Other(name) => f.write_str(name),
        }
    }
}

/// A type as it stands in a dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) dtype: Type,
    /// Bytes of an element in the file.
    pub(crate) size: usize,
    pub(crate) big_endian: bool,
}

/// Reads a datatype message.
pub(crate) fn parse(body: &[u8]) -> Result<Stored> {
    let mut cursor = Cursor(body);
    parse_one(&mut cursor, 0)
}

fn parse_one(cursor: &mut Cursor<'_>, depth: usize) -> Result<Stored> {
    let head = cursor.u8()?;
    let bits = cursor.uint(3)?;
    let size = cursor.u32()? as usize;
    if size == 0 {
        return Err(Error::damaged("elements of 0 bytes"));
    }
    let other = |name: &str| Type::Other(format!("{name} of {size} bytes"));
    let dtype = match head & 15 {
        0 => {
            let (offset, precision) = (cursor.u16()?, cursor.u16()?);
            let whole = offset == 0 && usize::from(precision) == size * 8 && matches!(size, 1 | 2 | 4 | 8);
            match (whole, bits & 8 != 0) {
                (true, true) => Type::Int(size),
                (true, false) => Type::Uint(size),
                (false, _) => other("an integer"),
            }
        }
        1 => {
            let properties = cursor.bytes(12)?;
            let ieee: Option<[u8; 8]> = match size {
                2 => Some([0, 0, 16, 0, 10, 5, 0, 10]),
                4 => Some([0, 0, 32, 0, 23, 8, 0, 23]),
                8 => Some([0, 0, 64, 0, 52, 11, 0, 52]),
                _ => None,
            };
            let bias: u32 = match size {
                2 => 15,
                4 => 127,
                _ => 1023,
            };
            let usual = ieee.is_some_and(|ieee| properties.starts_with(&ieee))
                && properties.ends_with(&bias.to_le_bytes())
                && bits & 0x40 == 0;
            if usual {
                Type::Float(size)
            } else {
                other("a float")
            }
        }
        3 => other("a text"),
        6 => other("a record"),
        8 if depth == 0 => {
            let base = parse_one(cursor, 1)?;
            if base.dtype == Type::Int(1) && bits & 0xffff == 2 && is_bool(cursor, head >> 4)? {
                Type::Bool
            } else {
                other("an enumeration")
            }
        }
        9 => other("a sequence or text of any length"),
        10 => other("an array"),
        class => Type::Other(format!("HDF5's class {class}")),
    };
    Ok(Stored {
        dtype,
        size,
        big_endian: bits & 1 != 0,
    })
}

/// Whether the members are FALSE and TRUE, 0 and 1, as h5py writes them.
fn is_bool(cursor: &mut Cursor<'_>, version: u8) -> Result<bool> {
    let mut right = true;
    for wanted in [&b"FALSE\0"[..], b"TRUE\0"] {
        right &= cursor.bytes(wanted.len())? == wanted;
        if version < 3 {
            // Names are filled up to a multiple of 8.
            cursor.skip(8 - wanted.len())?;
        }
    }
    Ok(right && cursor.bytes(2)? == [0, 1])
}

/// A datatype message.
pub(crate) fn message(dtype: &Type) -> Result<Vec<u8>> {
    let integer = |size: usize, signed: bool| {
        let bits = size as u8 * 8;
        vec![
            0x10,
            if signed { 8 } else { 0 },
            0,
            0,
            size as u8,
            0,
            0,
            0,
            0,
            0,
            bits,
            0,
        ]
    };
    // Where the exponent is, its bits, and its bias.
    let float = |size: usize, at: u8, exponent: u8, bias: u16| {
        let bits = size as u8 * 8;
        let [low, high] = bias.to_le_bytes();
        let mut message = vec![0x11, 0x20, bits - 1, 0, size as u8, 0, 0, 0];
        message.extend([0, 0, bits, 0, at, exponent, 0, at, low, high, 0, 0]);
        message
    };
    Ok(match dtype {
        Type::Int(size @ (1 | 2 | 4 | 8)) => integer(*size, true),
        Type::Uint(size @ (1 | 2 | 4 | 8)) => integer(*size, false),
        Type::Float(2) => float(2, 10, 5, 15),
        Type::Float(4) => float(4, 23, 8, 127),
        Type::Float(8) => float(8, 52, 11, 1023),
        Type::Bool => {
            let mut message = vec![0x18, 2, 0, 0, 1, 0, 0, 0];
            message.extend(integer(1, true));
            message.extend(b"FALSE\0\0\0TRUE\0\0\0\0\0\x01");
            message
        }
        other => {
            return Err(Error::new(
                Problem::Unsupported(format!("writing {other}")),
                "take numbers",
            ));
        }
    })
}
