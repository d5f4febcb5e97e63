//! Uses of tensors that may have goldens of their own.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

use crate::Stage;
use crate::expected::{Expected, INTEGERS};
use crate::recipe::Recipe;
use crate::row::RowKind;

/// What may have a golden besides: a use of a tensor that reads something else than the tensor's own golden says, because
/// it is requantized there, or dequantized, or a constant has a copy of its own. TensorFlow Lite's quantizers decide it by
/// values.
pub fn uses(recipe: &Recipe, stage: Stage, kind: RowKind) -> Vec<Expected> {
    let mut uses: Vec<Expected> = Vec::new();
    if !kind.is_tflite() || stage != Stage::Quantization {
        return uses;
    }
    for operation in &recipe.operations {
        let Some(output) = operation.outputs.first() else {
            continue;
        };
        let floats = operation
            .inputs
            .iter()
            .filter(|name| recipe.operand(name).is_some_and(|o| o.dtype == "FLOAT32"));
        for input in floats {
            let name = use_name(input, output);
            if uses.iter().all(|other| other.name != name) {
                uses.push(Expected { name, keys: INTEGERS });
            }
        }
    }
    uses
}

/// The name of the use of a tensor by the operation whose first output is `output`.
pub fn use_name(tensor: &str, output: &str) -> String {
    format!("{tensor}@{output}")
}
