//! ONE's programs as scripts meet them: arguments, files, exit codes.

mod driver;
mod dumps;
mod eval_diff;
mod fake;
mod implant;
mod mpqsolver;
mod quantizer;
mod records;
mod refused;
mod unruled;
mod visq;

use std::path::Path;

use quant_core::ir::{DType, Model};
use serde_json::{Value, json};

use crate::common::{floats, write_npy};

pub const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/crates/quant-hdf5/tests/fixtures");

/// One input of the shape that the fixtures have.
pub const ONE: &str = r#"
operand { name: "x" type: FLOAT32 shape { dim: 1 dim: 3 dim: 4 dim: 2 } }
operand { name: "y" type: FLOAT32 shape { dim: 1 dim: 3 dim: 4 dim: 2 } }
operation { type: "Add" input: "x" input: "x" output: "y" add_options { activation: NONE } }
input: "x"
output: "y"
"#;

/// Two inputs of two sizes.
pub const TWO: &str = r#"
operand { name: "a" type: FLOAT32 shape { dim: 2 dim: 3 } }
operand { name: "b" type: FLOAT32 shape { dim: 1 dim: 3 } }
operand { name: "c" type: FLOAT32 shape { dim: 2 dim: 3 } }
operation { type: "Mul" input: "a" input: "b" output: "c" mul_options { activation: NONE } }
input: "a"
input: "b"
output: "c"
"#;

/// An entry of q-implant's JSON of one scale and zero point; writes its arrays.
pub fn entry(folder: &Path, name: &str, dtype: &str, scales: &[f32], zero_points: &[i64]) -> Value {
    let count = format!("{},", scales.len());
    write_npy(
        &folder.join(format!("{name}.scale.npy")),
        "<f4",
        &count,
        &floats(scales),
    );
    let zero_points: Vec<u8> = zero_points.iter().flat_map(|x| x.to_le_bytes()).collect();
    write_npy(
        &folder.join(format!("{name}.zerop.npy")),
        "<i8",
        &count,
        &zero_points,
    );
    json!({
        "dtype": dtype,
        "scale": format!("{name}.scale.npy"),
        "zerop": format!("{name}.zerop.npy"),
        "quantized_dimension": 0,
    })
}

/// The bytes of a tensor, its type, scales and zero points.
pub fn content(model: &Model, name: &str) -> (Option<Vec<u8>>, DType, Vec<f32>, Vec<i64>) {
    let graph = model.main();
    let tensor = graph.tensor(graph.find(name).unwrap());
    let quant = tensor.quant.clone().unwrap_or_default();
    let bytes = model.data(tensor).map(|bytes| bytes.to_vec());
    (bytes, tensor.dtype, quant.scale, quant.zero_point)
}

/// The value behind a word at the start of a line.
#[track_caller]
pub fn value<'a>(text: &'a str, start: &str) -> &'a str {
    let line = text.lines().find_map(|line| line.strip_prefix(start));
    line.unwrap_or_else(|| panic!("{start} is not in\n{text}")).trim()
}
