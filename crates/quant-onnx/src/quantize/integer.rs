//! Integer types that onnxruntime quantizes to, and the limits that its options leave of them.

/// An integer type of quantized tensors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Integer {
    /// 0…255.
    U8,
    /// −128…127.
    I8,
    /// 0…65,535.
    U16,
    /// −32,768…32,767.
    I16,
}

impl Integer {
    /// Its name in onnxruntime's options, `QUInt8` and the like, without regard to case.
    pub fn named(name: &str) -> Option<Self> {
        let all = [Self::U8, Self::I8, Self::U16, Self::I16];
        all.into_iter().find(|one| one.name().eq_ignore_ascii_case(name))
    }

    /// Its name in onnxruntime's options.
    pub fn name(self) -> &'static str {
        match self {
            Self::U8 => "QUInt8",
            Self::I8 => "QInt8",
            Self::U16 => "QUInt16",
            Self::I16 => "QInt16",
        }
    }

    /// Its number in ONNX (`TensorProto.DataType`).
    pub fn code(self) -> i32 {
        match self {
            Self::U8 => 2,
            Self::I8 => 3,
            Self::U16 => 4,
            Self::I16 => 5,
        }
    }

    /// Whether it has integers below zero.
    pub fn signed(self) -> bool {
        matches!(self, Self::I8 | Self::I16)
    }

    /// Whether it takes two bytes.
    pub fn wide(self) -> bool {
        matches!(self, Self::U16 | Self::I16)
    }

    /// Lowest and highest integer.
    pub fn limits(self) -> (i32, i32) {
        match self {
            Self::U8 => (0, 255),
            Self::I8 => (-128, 127),
            Self::U16 => (0, 65_535),
            Self::I16 => (-32_768, 32_767),
        }
    }

    /// The integers that a range is spread over. A reduced range has a bit less, whatever the symmetry; a symmetric one of
    /// signed integers gives up the lowest.
    pub fn span(self, reduced: bool, symmetric: bool) -> (i32, i32) {
        match (self, reduced, symmetric) {
            (Self::U8, true, _) => (0, 127),
            (Self::I8, true, _) => (-64, 64),
            (Self::U16, true, _) => (0, 32_767),
            (Self::I16, true, _) => (-16_384, 16_384),
            (Self::I8, false, true) => (-127, 127),
            (Self::I16, false, true) => (-32_767, 32_767),
            _ => self.limits(),
        }
    }

    /// These integers as a tensor's bytes, the low byte first.
    pub fn bytes(self, integers: &[i32]) -> Vec<u8> {
        if self.wide() {
            integers.iter().flat_map(|q| (*q as u16).to_le_bytes()).collect()
        } else {
            integers.iter().map(|q| *q as u8).collect()
        }
    }
}
