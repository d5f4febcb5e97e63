//! How far the values of one model are from those of another: errors of a tensor over records, in f64.
//!
//! `a` is what is right (the float model), `b` what is looked at (the fake-quantized one). A [`Sample`] is one tensor
//! of one record, [`Errors`] are its means over records, and [`compare`] runs two models and gives the errors of pairs
//! of tensors. The formulas are listed in `docs/numerics.md`.

mod errors;
mod matching;
mod pairs;
mod sample;
#[cfg(test)]
mod tests;
mod top;

pub use errors::{Errors, Metric, of_outputs};
pub use matching::{activations, constants};
pub use pairs::{Side, compare, compare_with, values};
pub use sample::Sample;

use quant_ir::value::{Data, Value};

/// The elements of a value as f64; integers and bools are the numbers that they are, complex numbers their parts.
pub fn numbers(value: &Value) -> Vec<f64> {
    match &value.data {
        Data::F32(data) => data.iter().map(|x| f64::from(*x)).collect(),
        Data::F16(data) => data.iter().map(|x| x.to_f64()).collect(),
        Data::I64(data) => data.iter().map(|x| *x as f64).collect(),
        Data::I32(data) => data.iter().map(|x| f64::from(*x)).collect(),
        Data::I16(data) => data.iter().map(|x| f64::from(*x)).collect(),
        Data::I8(data) => data.iter().map(|x| f64::from(*x)).collect(),
        Data::U8(data) => data.iter().map(|x| f64::from(*x)).collect(),
        Data::Bool(data) => data.iter().map(|x| f64::from(u8::from(*x))).collect(),
        Data::C64(data) => data.iter().flatten().map(|x| f64::from(*x)).collect(),
    }
}
