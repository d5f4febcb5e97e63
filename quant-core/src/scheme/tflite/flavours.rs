//! The table of TensorFlow Lite's quantizers, a line each.

use quant_ir::DType;

use super::flavour::{Flavour, Kind, Wish};
use super::{dynamic, float16};

const FLOAT: &[DType] = &[DType::Float32];

/// All of them.
pub static FLAVOURS: &[Kind] = &[
    Kind {
        name: "tflite-dynamic",
        makes: "int8 weights, activations float, of TensorFlow's MLIR quantizer",
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
        makes: "int8 weights, activations float, of TensorFlow's older quantizer",
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
];

/// The quantizer of a name, with nothing asked of it.
pub fn named(name: &str) -> Option<Flavour> {
    FLAVOURS.iter().find(|kind| kind.name == name).map(Flavour::new)
}
