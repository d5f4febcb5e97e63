//! The words of addOnnxTest, and ONNX models as cases: what a graph is, and which tensors must have a golden.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

mod attribute;
mod binary;
mod fields;
mod operand;
mod read;
mod tensor;

use quant_types::words;

use crate::word::Word;

pub use read::{read, read_binary};

/// What the folders of records and goldens of such rows end in.
pub(crate) const FOLDER: &str = "_onnx";

/// A model in text, and one as exporters write it.
pub(crate) const FILES: [&str; 2] = ["model.textproto", "model.onnx"];

/// The granularity of blocks.
pub const BLOCK: Word = Word::new("block");

/// Rows of a block.
pub const BLOCK_SIZE: usize = 32;

/// A type of addOnnxTest: format, integers of activations, integers of weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Type {
    /// `QuantizeLinear` and `DequantizeLinear`; activations uint8, weights int8.
    QdqU8s8,
    /// The same; both int8.
    QdqS8s8,
    /// The same; both uint8.
    QdqU8u8,
    /// The same; activations int16, weights int8.
    QdqS16s8,
    /// Operators on integers; activations uint8, weights int8.
    QoperatorU8s8,
    /// The same; both int8.
    QoperatorS8s8,
    /// The same; both uint8.
    QoperatorU8u8,
    /// Activations are quantized when the model runs; weights int8.
    DynamicS8,
    /// The same; weights uint8.
    DynamicU8,
    /// Weights of MatMul in blocks of 4 bits.
    Matmul4bits,
    /// The same of 8 bits.
    Matmul8bits,
}

words!(Type {
    QdqU8s8 = "qdq_u8s8",
    QdqS8s8 = "qdq_s8s8",
    QdqU8u8 = "qdq_u8u8",
    QdqS16s8 = "qdq_s16s8",
    QoperatorU8s8 = "qoperator_u8s8",
    QoperatorS8s8 = "qoperator_s8s8",
    QoperatorU8u8 = "qoperator_u8u8",
    DynamicS8 = "dynamic_s8",
    DynamicU8 = "dynamic_u8",
    Matmul4bits = "matmul_4bits",
    Matmul8bits = "matmul_8bits",
});

/// How a quantized model says what is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `QuantizeLinear` and `DequantizeLinear`.
    Qdq,
    /// Operators on integers.
    Qoperator,
    /// Activations are quantized when the model runs.
    Dynamic,
    /// Blocks of so many bits.
    Blocks(u32),
}

impl Type {
    /// Its format.
    pub const fn format(self) -> Format {
        match self {
            Self::QdqU8s8 | Self::QdqS8s8 | Self::QdqU8u8 | Self::QdqS16s8 => Format::Qdq,
            Self::QoperatorU8s8 | Self::QoperatorS8s8 | Self::QoperatorU8u8 => Format::Qoperator,
            Self::DynamicS8 | Self::DynamicU8 => Format::Dynamic,
            Self::Matmul4bits => Format::Blocks(4),
            Self::Matmul8bits => Format::Blocks(8),
        }
    }

    /// The integers of activations and those of weights, as golden files name them.
    pub const fn integers(self) -> [&'static str; 2] {
        match self {
            Self::QdqU8s8 | Self::QoperatorU8s8 | Self::DynamicS8 => ["uint8", "int8"],
            Self::QdqS8s8 | Self::QoperatorS8s8 => ["int8", "int8"],
            Self::QdqU8u8 | Self::QoperatorU8u8 | Self::DynamicU8 => ["uint8", "uint8"],
            Self::QdqS16s8 => ["int16", "int8"],
            Self::Matmul4bits => ["float32", "uint4"],
            Self::Matmul8bits => ["float32", "uint8"],
        }
    }

    /// Whether ranges of activations come from records.
    pub const fn is_calibrated(self) -> bool {
        matches!(self.format(), Format::Qdq | Format::Qoperator)
    }
}

/// What to write instead of a combination that there is not.
pub(crate) fn refusal(granularity: Word, of: Type) -> Option<&'static str> {
    match (granularity == BLOCK, of.format()) {
        (false, Format::Blocks(_)) => {
            Some("weights of MatMul in blocks have a scale for each; write `block`")
        }
        (true, Format::Qdq | Format::Qoperator | Format::Dynamic) => {
            Some("blocks are of matmul_4bits and matmul_8bits; write `layer` or `channel`")
        }
        _ => None,
    }
}

/// Operators whose values are calibrated: those that static quantization takes.
pub fn is_calibrated(kind: &str) -> bool {
    const KINDS: [&str; 34] = [
        "ArgMax",
        "Add",
        "Mul",
        "Relu",
        "Clip",
        "LeakyRelu",
        "Sigmoid",
        "MaxPool",
        "AveragePool",
        "GlobalAveragePool",
        "Split",
        "Pad",
        "Reshape",
        "Squeeze",
        "Unsqueeze",
        "Flatten",
        "Resize",
        "Concat",
        "Softmax",
        "Where",
        "Gather",
        "GatherElements",
        "Transpose",
        "Slice",
        "TopK",
        "CumSum",
        "Conv",
        "ConvTranspose",
        "Gemm",
        "MatMul",
        "InstanceNormalization",
        "LayerNormalization",
        "BatchNormalization",
        "EmbedLayerNormalization",
    ];
    KINDS.contains(&kind)
}

#[cfg(test)]
mod tests;
