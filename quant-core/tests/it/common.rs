//! What these tests share.

use std::io::Write;
use std::path::{Path, PathBuf};

use quant_core::ir::Model;

/// The model of a recipe's text.
pub fn model(recipe: &str) -> Model {
    quant_recipe::build(&quant_case::recipe::parse(recipe).unwrap()).unwrap()
}

/// The reference data, where it is: what `QUANT_REFERENCE` names, else the folder `shared` beside this repository.
pub fn shared() -> PathBuf {
    std::env::var_os("QUANT_REFERENCE").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"),
        PathBuf::from,
    )
}

/// Prints past the test harness, which would keep the line to itself.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
