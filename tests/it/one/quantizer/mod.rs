//! `circle-quantizer` as scripts meet it: arguments, files, exit codes.

mod profile;
mod refused;
mod settings;
mod steps;

use std::fs;
use std::path::Path;
use std::process::Output;

use quant_core::format;
use quant_core::ir::{DType, Model, QuantParam, Tensor};
use tempfile::TempDir;

use crate::common::call;

/// Two convolutions of one input each, and an addition of an input to itself.
pub const NETWORK: &str = r#"
    operand { name: "x" type: FLOAT32 shape { dim: 1 dim: 2 dim: 2 dim: 1 } }
    operand { name: "w" type: FLOAT32 shape { dim: 2 dim: 1 dim: 1 dim: 1 } filler { tag: "explicit" arg: "0.5" arg: "-1.0" } }
    operand { name: "b" type: FLOAT32 shape { dim: 2 } filler { tag: "explicit" arg: "0.25" arg: "1.0" } }
    operand { name: "conv" type: FLOAT32 shape { dim: 1 dim: 2 dim: 2 dim: 2 } }
    operand { name: "pool" type: FLOAT32 shape { dim: 1 dim: 1 dim: 1 dim: 2 } }
    operand { name: "y" type: FLOAT32 shape { dim: 1 dim: 1 dim: 1 dim: 2 } }
    operation { type: "Conv2D" input: "x" input: "w" input: "b" output: "conv"
                conv2d_options { padding: SAME stride_w: 1 stride_h: 1 } }
    operation { type: "MaxPool2D" input: "conv" output: "pool"
                maxpool2d_options { padding: VALID stride_w: 2 stride_h: 2 filter_width: 2 filter_height: 2 } }
    operation { type: "Add" input: "pool" input: "pool" output: "y" add_options { activation: NONE } }
    input: "x" output: "y""#;

/// A folder with `float.circle` and `recorded.circle`.
pub fn bench() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut model = quant_recipe::build(&quant_case::recipe::parse(NETWORK).unwrap()).unwrap();
    save(folder.path(), "float.circle", &model);
    for (name, min, max) in [
        ("x", -1.0, 1.0),
        ("conv", -2.0, 2.0),
        ("pool", -1.0, 2.0),
        ("y", -2.0, 4.0),
    ] {
        tensor(&mut model, name).quant = Some(QuantParam {
            min: vec![min],
            max: vec![max],
            ..QuantParam::default()
        });
    }
    save(folder.path(), "recorded.circle", &model);
    folder
}

pub fn tensor<'a>(model: &'a mut Model, name: &str) -> &'a mut Tensor {
    let id = model.main().find(name).unwrap();
    model.main_mut().tensor_mut(id)
}

pub fn save(folder: &Path, name: &str, model: &Model) {
    let bytes = format::export(model, quant_core::ir::FileFormat::Circle).unwrap();
    fs::write(folder.join(name), bytes).unwrap();
}

pub fn run(folder: &Path, line: &str) -> Output {
    call("circle-quantizer", folder, line)
}

#[track_caller]
pub fn passes(folder: &Path, line: &str) -> String {
    let output = run(folder, line);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "circle-quantizer {line}\n{stderr}");
    stderr
}

#[track_caller]
pub fn fails(folder: &Path, line: &str, code: i32, message: &str) {
    let output = run(folder, line);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.contains(message),
        "circle-quantizer {line}\n{stderr}\ninstead of {message}"
    );
    assert_eq!(
        output.status.code(),
        Some(code),
        "circle-quantizer {line}\n{stderr}"
    );
    assert!(
        !folder.join("out.circle").exists(),
        "circle-quantizer {line} left a file"
    );
}

/// Name, type, scales and zero points of every tensor.
pub fn tensors(model: &Model) -> Vec<(String, DType, Vec<f32>, Vec<i64>)> {
    let all = model.main().tensors().iter().map(|tensor| {
        let quant = tensor.quant.clone().unwrap_or_default();
        (tensor.name.clone(), tensor.dtype, quant.scale, quant.zero_point)
    });
    all.collect()
}

pub fn of(model: &Model, name: &str) -> (DType, Vec<f32>, Vec<i64>) {
    let found = tensors(model).into_iter().find(|(other, ..)| other == name);
    let (_, dtype, scale, zero_point) = found.unwrap_or_else(|| panic!("no `{name}`"));
    (dtype, scale, zero_point)
}
