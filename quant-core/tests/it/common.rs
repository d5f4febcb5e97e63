//! What these tests share.

use std::io::Write;
use std::path::{Path, PathBuf};

use quant_core::config::Config;
use quant_core::ir::Model;
use quant_core::scheme::Unruled;
use quant_core::scheme::one::One;
use quant_core::{Granularity, QuantType};

/// The model of a recipe's text.
pub fn model(recipe: &str) -> Model {
    quant_recipe::build(&quant_case::recipe::parse(recipe).unwrap()).unwrap()
}

/// ONE's setting in which no operator may stay float.
pub fn strict(dtype: QuantType, granularity: Granularity) -> Config {
    let one = One {
        unruled: Unruled::Refuse,
        ..One::default()
    };
    one.config(dtype, granularity)
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
