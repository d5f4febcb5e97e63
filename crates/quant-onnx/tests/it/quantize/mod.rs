//! Every option set of the reference data, quantized from its recorded ranges and compared with what onnxruntime made.
//!
//! The data lies in `reference/onnx` of the folder that `QUANT_REFERENCE` names, else of `../shared`; without it the tests
//! say that they were skipped. A folder that is added there is compared too.
#![allow(clippy::disallowed_macros, clippy::print_stdout)]

mod calibrators;
mod compare;
mod exceptions;
mod graph;
mod recorded;
mod reference;
mod run;
mod small;
mod units;

use std::path::PathBuf;

fn root() -> Option<PathBuf> {
    let shared = std::env::var_os("QUANT_REFERENCE").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let root = shared.join("reference/onnx");
    if root.is_dir() {
        return Some(root);
    }
    println!("onnx: SKIPPED, there is no reference data; set QUANT_REFERENCE to it");
    None
}
