//! Small graphs and numbers, each with one thing that matters.

mod formulas;
mod graphs;
mod large;
mod mends;
mod net;

use net::Net;

use super::Recipe;
use crate::scheme::tflite::Options;

/// What the original does, defects included.
fn compat() -> Options {
    Options {
        compat: true,
        ..Options::default()
    }
}

/// The setting of static int8, to be put into a recipe.
const STATIC: &str = r#"{"activation_tensor_config": {"num_bits": 8, "symmetric": false},
    "weight_tensor_config": {"num_bits": 8, "granularity": "CHANNELWISE"}, "compute_precision": "INTEGER"}"#;
/// That of dynamic int8.
const DYNAMIC: &str = r#"{"weight_tensor_config": {"num_bits": 8, "granularity": "CHANNELWISE"},
    "compute_precision": "INTEGER"}"#;

/// A recipe of entries: expression, operation, algorithm, setting.
fn recipe(entries: &[[&str; 4]]) -> Recipe {
    let entry = |[regex, operation, algorithm, config]: &[&str; 4]| {
        format!(
            r#"{{"regex": "{regex}", "operation": "{operation}", "algorithm_key": "{algorithm}", "op_config": {config}}}"#
        )
    };
    let entries: Vec<String> = entries.iter().map(entry).collect();
    Recipe::parse(&format!("[{}]", entries.join(","))).unwrap()
}

fn named(name: &str) -> Recipe {
    Recipe::builtin(name).unwrap()
}

const MIN_MAX: &str = "min_max_uniform_quantize";
