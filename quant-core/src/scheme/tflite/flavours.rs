//! The table of TensorFlow Lite's quantizers, an entry each.

use quant_ir::DType;

use super::flavour::{Flavour, Kind, Wish};
use super::{dynamic, float16, int8, qat, steps, uint8};

const FLOAT: &[DType] = &[DType::Float32];
const BYTES: &[DType] = &[DType::Float32, DType::Int8, DType::Uint8];

/// All of them, the one that is taken when none is named first.
pub static FLAVOURS: &[Kind] = &[
    Kind {
        name: "tflite-int8",
        makes: "int8, a scale for each channel: TensorFlow's MLIR quantizer",
        recorded: true,
        interface: BYTES,
        wishes: &[
            Wish::PerTensor,
            Wish::DensePerTensor,
            Wish::Weights,
            Wish::Float,
            Wish::Strict,
            Wish::Compat,
        ],
        quantize: int8::quantize,
    },
    Kind {
        name: "tflite-int8-legacy",
        makes: "the same as TensorFlow's older quantizer made it",
        recorded: true,
        interface: BYTES,
        wishes: &[
            Wish::PerTensor,
            Wish::DensePerTensor,
            Wish::Float,
            Wish::Strict,
            Wish::Compat,
        ],
        quantize: steps::quantize_int8,
    },
    Kind {
        name: "tflite-int16x8",
        makes: "int16 activations, int8 weights",
        recorded: true,
        interface: &[DType::Float32, DType::Int16],
        wishes: &[
            Wish::PerTensor,
            Wish::DensePerTensor,
            Wish::Bias,
            Wish::Float,
            Wish::Strict,
            Wish::Compat,
        ],
        quantize: steps::quantize_int16x8,
    },
    Kind {
        name: "tflite-uint8",
        makes: "uint8, one scale for each tensor, as toco made it",
        recorded: true,
        interface: &uint8::INTERFACE,
        wishes: &[Wish::Float, Wish::Strict, Wish::Compat],
        quantize: uint8::quantize,
    },
    Kind {
        name: "tflite-dynamic",
        makes: "int8 weights, float activations that kernels quantize as they run",
        recorded: false,
        interface: FLOAT,
        wishes: &[
            Wish::PerTensor,
            Wish::DensePerTensor,
            Wish::Float,
            Wish::Strict,
            Wish::Compat,
        ],
        quantize: dynamic::quantize,
    },
    Kind {
        name: "tflite-dynamic-legacy",
        makes: "the same as TensorFlow's older quantizer made it",
        recorded: false,
        interface: FLOAT,
        wishes: &[Wish::PerTensor, Wish::Float, Wish::Strict, Wish::Compat],
        quantize: dynamic::quantize_legacy,
    },
    Kind {
        name: "tflite-float16",
        makes: "constants in half precision",
        recorded: false,
        interface: FLOAT,
        wishes: &[Wish::Float, Wish::Compat],
        quantize: float16::quantize,
    },
    Kind {
        name: "tflite-qat",
        makes: "int8 by the fake quantization that a model was trained with",
        recorded: false,
        interface: &qat::INTERFACE,
        wishes: &[Wish::Float, Wish::Strict, Wish::Compat],
        quantize: qat::quantize,
    },
];

/// The quantizer of a name, with nothing asked of it.
pub fn named(name: &str) -> Option<Flavour> {
    FLAVOURS.iter().find(|kind| kind.name == name).map(Flavour::new)
}
