//! Types that stand for the words of addOnnxTest.

use quant_case::Word;
use quant_case::onnx::{BLOCK, Type};

pub use super::tflite::Calibration;
use super::{Channel, GranularityMarker, Layer, Quantization, types};

/// A scale for each block of a column.
#[derive(Clone, Copy, Debug)]
pub struct Block;

impl GranularityMarker for Block {
    const WORD: Word = BLOCK;
}

types! {
    Type:
    QdqU8s8: (Layer Calibration) (Layer Quantization) (Channel Calibration) (Channel Quantization), "Q and DQ; activations uint8, weights int8.";
    QdqS8s8: (Layer Calibration) (Layer Quantization) (Channel Calibration) (Channel Quantization), "Q and DQ; activations and weights int8.";
    QdqU8u8: (Layer Calibration) (Layer Quantization) (Channel Calibration) (Channel Quantization), "Q and DQ; activations and weights uint8.";
    QdqS16s8: (Layer Calibration) (Layer Quantization) (Channel Calibration) (Channel Quantization), "Q and DQ; activations int16, weights int8.";
    QoperatorU8s8: (Layer Calibration) (Layer Quantization) (Channel Calibration) (Channel Quantization), "Operators on integers; activations uint8, weights int8.";
    QoperatorS8s8: (Layer Calibration) (Layer Quantization) (Channel Calibration) (Channel Quantization), "Operators on integers; activations and weights int8.";
    QoperatorU8u8: (Layer Calibration) (Layer Quantization) (Channel Calibration) (Channel Quantization), "Operators on integers; activations and weights uint8.";
    DynamicS8: (Layer Quantization) (Channel Quantization), "Weights int8, activations quantized as the model runs.";
    DynamicU8: (Layer Quantization) (Channel Quantization), "Weights uint8, activations quantized as the model runs.";
    Matmul4bits: (Block Quantization), "Weights of MatMul in blocks of 4 bits.";
    Matmul8bits: (Block Quantization), "Weights of MatMul in blocks of 8 bits.";
}
