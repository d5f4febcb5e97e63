//! Element types of storages.

/// The element type of a tensor's storage, by its class in torch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DType {
    /// `FloatStorage`, IEEE single.
    Float,
    /// `DoubleStorage`, IEEE double.
    Double,
    /// `HalfStorage`, IEEE half.
    Half,
    /// `BFloat16Storage`: the upper half of a single.
    BFloat16,
    /// `LongStorage`, int64.
    Long,
    /// `IntStorage`, int32.
    Int,
    /// `ShortStorage`, int16.
    Short,
    /// `CharStorage`, int8.
    Char,
    /// `ByteStorage`, uint8.
    Byte,
    /// `BoolStorage`, a byte that is 0 or 1.
    Bool,
    /// `ComplexFloatStorage`: two singles.
    ComplexFloat,
    /// `ComplexDoubleStorage`: two doubles.
    ComplexDouble,
    /// `QInt8Storage`.
    QInt8,
    /// `QUInt8Storage`.
    QUInt8,
    /// `QInt32Storage`.
    QInt32,
    /// `QUInt4x2Storage`: two elements in a byte.
    QUInt4x2,
    /// `QUInt2x4Storage`: four elements in a byte.
    QUInt2x4,
    /// `UntypedStorage`: bytes; the tensor says what they are.
    Untyped,
}

/// Every type, the name of its class in module `torch`, and the bytes of an element (a counted one for the packed types).
const TABLE: &[(DType, &str, u64)] = &[
    (DType::Float, "FloatStorage", 4),
    (DType::Double, "DoubleStorage", 8),
    (DType::Half, "HalfStorage", 2),
    (DType::BFloat16, "BFloat16Storage", 2),
    (DType::Long, "LongStorage", 8),
    (DType::Int, "IntStorage", 4),
    (DType::Short, "ShortStorage", 2),
    (DType::Char, "CharStorage", 1),
    (DType::Byte, "ByteStorage", 1),
    (DType::Bool, "BoolStorage", 1),
    (DType::ComplexFloat, "ComplexFloatStorage", 8),
    (DType::ComplexDouble, "ComplexDoubleStorage", 16),
    (DType::QInt8, "QInt8Storage", 1),
    (DType::QUInt8, "QUInt8Storage", 1),
    (DType::QInt32, "QInt32Storage", 4),
    (DType::QUInt4x2, "QUInt4x2Storage", 1),
    (DType::QUInt2x4, "QUInt2x4Storage", 1),
    (DType::Untyped, "UntypedStorage", 1),
];

impl DType {
    /// The type of a class of module `torch` (or `torch.storage`, where `UntypedStorage` lives).
    pub fn from_class(class: &str) -> Option<Self> {
        let row = TABLE.iter().find(|(_, name, _)| *name == class);
        row.map(|(dtype, _, _)| *dtype)
    }

    fn row(self) -> (&'static str, u64) {
        let row = TABLE.iter().find(|(dtype, _, _)| *dtype == self);
        // Every type stands in the table; a test goes through them.
        row.map_or(("UntypedStorage", 1), |(_, name, size)| (*name, *size))
    }

    /// The name of the storage's class.
    pub fn class(self) -> &'static str {
        self.row().0
    }

    /// The module of the storage's class.
    pub fn module(self) -> &'static str {
        if self == Self::Untyped {
            "torch.storage"
        } else {
            "torch"
        }
    }

    /// Bytes of an element.
    pub fn size(self) -> u64 {
        self.row().1
    }

    /// Whether elements are real floating-point numbers.
    pub fn is_float(self) -> bool {
        matches!(self, Self::Float | Self::Double | Self::Half | Self::BFloat16)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_and_types_are_one_to_one() {
        for (dtype, class, size) in TABLE {
            assert_eq!(DType::from_class(class), Some(*dtype));
            assert_eq!((dtype.class(), dtype.size()), (*class, *size));
        }
        assert_eq!(DType::from_class("Storage"), None);
    }
}
