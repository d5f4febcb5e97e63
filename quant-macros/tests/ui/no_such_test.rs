//! A test that nobody can pass, written by hand: the types of a case refuse what the list refuses.

use quant_testgen::markers::tflite::{self, Calibration, Float16, Int16x8};
use quant_testgen::markers::{Channel, Exists, Int16, Layer, Quantization};

fn case<G, T, S>()
where
    G: Exists<T, S>,
{
}

fn main() {
    case::<Channel, Int16, Quantization>();
    case::<Layer, Int16, Quantization>();
    case::<Channel, Int16x8, Calibration>();
    case::<Layer, Float16, Quantization>();
    case::<tflite::Recipe, Float16, Quantization>();
}
