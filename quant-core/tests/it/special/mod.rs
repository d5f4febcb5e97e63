//! Operators of volumes, spectra, matrices and scattered values, and grouped convolutions: what does not fit is an error
//! that names the operator, and quantization refuses what no rule covers.

mod misfits;
mod values;

use std::fmt::Write as _;

use quant_core::value::Value;
use quant_core::{Error, interp};

use crate::common::model;

/// A float of this shape.
pub fn float(shape: &[i32]) -> String {
    format!("FLOAT32 shape {{ {} }}", dims(shape))
}

pub fn dims(shape: &[i32]) -> String {
    let dims: Vec<String> = shape.iter().map(|d| format!("dim: {d}")).collect();
    dims.join(" ")
}

/// The error of an operation on operands of these types, floats being inputs of ones; its output may have any shape.
pub fn error(operation: &str, operands: &[String]) -> Error {
    let mut text = String::from("operand { name: \"y\" type: FLOAT32 shape { } }\n");
    let (mut reads, mut values) = (String::new(), Vec::new());
    for (at, operand) in operands.iter().enumerate() {
        writeln!(text, "operand {{ name: \"x{at}\" type: {operand} }}").unwrap();
        write!(reads, "input: \"x{at}\" ").unwrap();
        if operand.starts_with("FLOAT32") {
            writeln!(text, "input: \"x{at}\"").unwrap();
            values.push(at);
        }
    }
    // The outputs of non-maximum suppression: boxes, scores in version 5, and their number.
    let more = usize::from(operation.contains("Suppression")) + usize::from(operation.contains("V5"));
    let mut makes = String::from("output: \"y\"");
    for at in 0..more {
        writeln!(text, "operand {{ name: \"m{at}\" type: FLOAT32 shape {{ }} }}").unwrap();
        write!(makes, " output: \"m{at}\"").unwrap();
    }
    write!(
        text,
        "operation {{ type: {operation} {reads} {makes} }}\noutput: \"y\""
    )
    .unwrap();
    let mut model = model(&text);
    let inputs: Vec<Value> = values
        .iter()
        .map(|at| {
            let id = model.main().find(&format!("x{at}")).unwrap();
            let shape: Vec<usize> = model
                .main()
                .tensor(id)
                .shape
                .iter()
                .map(|d| *d as usize)
                .collect();
            Value::f32(shape.clone(), vec![1.0; shape.iter().product()])
        })
        .collect();
    for tensor in model.main_mut().tensors_mut() {
        tensor.has_rank = false;
    }
    interp::run(&model, &inputs).unwrap_err()
}
