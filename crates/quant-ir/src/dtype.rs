//! Element types (`TensorType`); codes below zero are Circle's own.

use std::fmt;

macro_rules! dtypes {
    ($($variant:ident = $code:literal $word:literal),+ $(,)?) => {
        /// The element type of a tensor.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[allow(missing_docs)]
        pub enum DType { $($variant),+ }

        impl DType {
            /// The schema's code.
            pub fn code(self) -> i8 {
                match self { $(Self::$variant => $code),+ }
            }

            /// The type of a schema code.
            pub fn from_code(code: i8) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)+ _ => None }
            }

            /// The type's name in lower case, as in `uint8`.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The type of a lower-case name.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

dtypes! {
    Float32 = 0 "float32",
    Float16 = 1 "float16",
    Int32 = 2 "int32",
    Uint8 = 3 "uint8",
    Int64 = 4 "int64",
    String = 5 "string",
    Bool = 6 "bool",
    Int16 = 7 "int16",
    Complex64 = 8 "complex64",
    Int8 = 9 "int8",
    Float64 = 10 "float64",
    Complex128 = 11 "complex128",
    Uint64 = 12 "uint64",
    Resource = 13 "resource",
    Variant = 14 "variant",
    Uint32 = 15 "uint32",
    Uint16 = 16 "uint16",
    Int4 = 17 "int4",
    Bfloat16 = 18 "bfloat16",
    Int2 = 19 "int2",
    Uint4 = -1 "uint4",
    GgmlQ40 = -2 "ggml_q4_0",
    GgmlQ41 = -3 "ggml_q4_1",
    GgmlQ80 = -4 "ggml_q8_0",
    GgmlQ81 = -5 "ggml_q8_1",
    Mxfp4 = -6 "mxfp4",
    Mxint8 = -7 "mxint8",
}

impl DType {
    /// Bytes an element takes in a buffer; `None` for packed, string and opaque types.
    pub fn size(self) -> Option<usize> {
        Some(match self {
            Self::Uint8 | Self::Int8 | Self::Bool => 1,
            Self::Float16 | Self::Bfloat16 | Self::Int16 | Self::Uint16 => 2,
            Self::Float32 | Self::Int32 | Self::Uint32 => 4,
            Self::Int64 | Self::Uint64 | Self::Float64 | Self::Complex64 => 8,
            Self::Complex128 => 16,
            _ => return None,
        })
    }

    /// Bytes that `elements` elements take in a buffer; types of four bits are packed two a byte, those of two bits four.
    pub fn bytes(self, elements: usize) -> Option<usize> {
        match self {
            Self::Int2 => Some(elements.div_ceil(4)),
            Self::Int4 | Self::Uint4 => Some(elements.div_ceil(2)),
            _ => elements.checked_mul(self.size()?),
        }
    }

    /// Whether only Circle has the type.
    pub fn is_circle_only(self) -> bool {
        self.code() < 0
    }

    /// Whether several elements stand in a byte.
    pub fn is_packed(self) -> bool {
        matches!(self, Self::Int2 | Self::Int4 | Self::Uint4)
    }

    /// Integers as the bytes of this type. Values fit it; those of less than a byte are packed, low bits first.
    pub fn encode(self, values: &[i64]) -> Vec<u8> {
        match self {
            Self::Int2 => {
                let pack = |byte, (at, q): (usize, &i64)| byte | ((*q as u8 & 0x03) << (2 * at));
                values
                    .chunks(4)
                    .map(|four| four.iter().enumerate().fold(0, pack))
                    .collect()
            }
            Self::Int4 | Self::Uint4 => values
                .chunks(2)
                .map(|pair| (pair[0] as u8 & 0x0f) | (pair.get(1).map_or(0, |&high| (high as u8) << 4)))
                .collect(),
            Self::Int16 => values.iter().flat_map(|&q| (q as i16).to_le_bytes()).collect(),
            Self::Int32 => values.iter().flat_map(|&q| (q as i32).to_le_bytes()).collect(),
            Self::Int64 => values.iter().flat_map(|&q| q.to_le_bytes()).collect(),
            _ => values.iter().map(|&q| q as u8).collect(),
        }
    }

    /// The elements of a packed type, in order, one for each that the bytes have room for; `None` for other types.
    pub fn unpack(self, bytes: &[u8]) -> Option<Vec<i8>> {
        let signed = |byte: &u8, left: u32, right: u32| (byte << left).cast_signed() >> right;
        Some(match self {
            Self::Int2 => {
                let four = |byte: &u8| [6, 4, 2, 0].map(|left| signed(byte, left, 6));
                bytes.iter().flat_map(four).collect()
            }
            Self::Int4 => {
                let two = |byte: &u8| [signed(byte, 4, 4), signed(byte, 0, 4)];
                bytes.iter().flat_map(two).collect()
            }
            Self::Uint4 => {
                let two = |byte: &u8| [(byte & 0x0f).cast_signed(), (byte >> 4).cast_signed()];
                bytes.iter().flat_map(two).collect()
            }
            _ => return None,
        })
    }
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}
