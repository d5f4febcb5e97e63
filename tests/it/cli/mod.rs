//! The command line as a user meets it: what is printed, what is written, how it fails.

mod accuracy;
mod ai8x;
mod amct;
mod arrays;
mod data;
mod error_report;
mod eval_diff;
mod failures;
mod files;
mod goldens;
mod help;
mod implant;
mod integers;
mod json;
mod mpq;
mod onert;
mod pictures;
mod recipes;
mod recordings;
mod sensitivity;
mod steps;
mod tensors;
mod tflite;
mod verdict;
mod weights;

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::common::fails;

/// The names in a folder, in order.
pub fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[track_caller]
pub fn fails_with(folder: &Path, line: &str, code: i32, what: &str) {
    let (found, error) = fails(folder, line);
    assert_eq!(found, code, "quant {line}\n{error}");
    assert!(error.contains(what), "quant {line}\n{error}");
}

pub fn read_json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[track_caller]
pub fn near(found: &Value, wanted: f64) {
    let number = found.as_f64().unwrap_or(f64::NAN);
    assert!(
        (number - wanted).abs() <= 1e-12 * wanted.abs(),
        "{found} instead of {wanted}"
    );
}
