//! Types that stand for the words of addTFLiteTest and addRecipeTest.

use quant_case::tflite::{BuiltIn, Flavour, RECIPE};
use quant_case::{Stage, Word};

use super::{Channel, GranularityMarker, Layer, Quantization, StageMarker, types};
use crate::results::{FloatConstant, Range};

/// Stands for a granularity in rows of addRecipeTest: the recipe says it.
#[derive(Clone, Copy, Debug)]
pub struct Recipe;

impl GranularityMarker for Recipe {
    const WORD: Word = RECIPE;
}

/// Ranges of float activations over the records, as TensorFlow Lite's or ai-edge-quantizer's calibrator keeps them.
#[derive(Clone, Copy, Debug)]
pub struct Calibration;

impl StageMarker for Calibration {
    const VALUE: Stage = Stage::Calibration;
    type Tensor = Range;
}

/// The float model as remedies leave it, of rows that name some.
#[derive(Clone, Copy, Debug)]
pub struct Remedies;

impl StageMarker for Remedies {
    const VALUE: Stage = Stage::Remedies;
    type Tensor = FloatConstant;
}

types! {
    Flavour:
    Int8: (Layer Remedies) (Channel Remedies) (Layer Calibration) (Layer Quantization) (Channel Calibration) (Channel Quantization), "Activations and weights int8.";
    Int8Legacy: (Layer Remedies) (Channel Remedies) (Layer Calibration) (Layer Quantization) (Channel Calibration) (Channel Quantization), "The same by the older quantizer.";
    Int16x8: (Layer Remedies) (Channel Remedies) (Layer Calibration) (Layer Quantization) (Channel Calibration) (Channel Quantization), "Activations int16, weights int8.";
    Uint8: (Layer Remedies) (Layer Calibration) (Layer Quantization), "Activations and weights uint8.";
    Dynamic: (Layer Quantization) (Channel Quantization), "Weights int8, activations float.";
    Float16: (Channel Quantization), "Constants float16.";
}

types! {
    BuiltIn:
    StaticWi8Ai8: (Recipe Calibration) (Recipe Quantization), "Weights and activations int8.";
    StaticWi8Ai16: (Recipe Calibration) (Recipe Quantization), "Weights int8, activations int16.";
    DynamicWi8Afp32: (Recipe Quantization), "Weights int8, activations quantized as the model runs.";
    DynamicWi4Afp32: (Recipe Quantization), "Weights int4, activations quantized as the model runs.";
    WeightOnlyWi8Afp32: (Recipe Quantization), "Weights int8, dequantized before they are used.";
    WeightOnlyWi4Afp32: (Recipe Quantization), "Weights int4, dequantized before they are used.";
}
