//! Remedies, recomputed from what they are defined to do (docs/remedies.md): naive loops in f64 over the recipe, rounded to f32 where a
//! tensor of the model is written.

mod before;
mod clip;
mod layers;
mod rounding;
mod seen;
mod walk;

use quant_case::golden::{Numbers, Tensor as Golden};
use quant_case::recipe::{Filler, Recipe};
use quant_case::row::Row;

use crate::tflite;
use walk::{Grids, Walk};

/// The float model as all remedies leave it, and the ranges that it is quantized with.
///
/// # Errors
/// A remedy or a network that the oracle does not know.
pub fn remedied(
    recipe: &Recipe,
    inputs: &[Vec<Vec<f64>>],
    row: &Row,
) -> Result<(Recipe, tflite::Ranges), String> {
    let words = &row.attributes.remedies;
    let has = |word: &str| words.iter().any(|other| other == word);
    let mut work = recipe.clone();
    if has("cle") || has("cle-pow2") {
        before::equalize(&mut work, has("cle-pow2"))?;
    }
    if has("bias-absorption") {
        before::absorb(&mut work, inputs)?;
    }
    let ranges = tflite::extremes(&work, inputs)?;
    let reference = work.clone();
    for word in [
        "weight-mse",
        "octav",
        "gptq",
        "adaround",
        "bias-correction-analytic",
        "bias-correction",
    ] {
        if !has(word) {
            continue;
        }
        let views = tflite::quantize(&work, &ranges, row)?;
        let grids = Grids::of(&tflite::goldens(&work, &views));
        if matches!(word, "weight-mse" | "octav") {
            clip::clip(&mut work, &grids, word == "octav")?;
            continue;
        }
        let walk = Walk {
            reference: &reference,
            work: &work,
            grids: &grids,
            inputs,
        };
        let found = walk.run(word)?;
        for (name, values) in found {
            layers::set(&mut work, &name, values);
        }
    }
    Ok((work, ranges))
}

/// A float constant, as a golden has it.
pub fn constant(recipe: &Recipe, name: &str) -> Option<(String, Golden)> {
    let operand = recipe.operand(name)?;
    let Some(Filler::Float(values)) = &operand.filler else {
        return None;
    };
    let golden = Golden {
        shape: operand.shape.iter().map(|size| *size as usize).collect(),
        weights: Some(Numbers::Float(values.clone())),
        ..Golden::default()
    };
    Some((name.to_owned(), golden))
}
