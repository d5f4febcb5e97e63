//! Remedies, recomputed from what they are defined to do (docs/remedies.md): naive loops in f64 over the recipe, rounded to f32 where a
//! tensor of the model is written.

mod before;
mod clip;
mod layer_view;
mod layers;
mod layerwise;
mod rounding;

use quant_case::attributes::REMEDIES;
use quant_case::golden::{Numbers, Tensor as Golden};
use quant_case::recipe::{Filler, Recipe};
use quant_case::row::Row;

use crate::tflite;
use layerwise::{Grids, Layerwise};

/// The float model as all remedies leave it, and the ranges that it is quantized with.
///
/// # Errors
/// A remedy or a network that the oracle does not know.
pub fn remedied(
    recipe: &Recipe,
    inputs: &[Vec<Vec<f64>>],
    row: &Row,
) -> Result<(Recipe, tflite::Ranges), String> {
    let mut work = recipe.clone();
    // The model that ranges are recorded of, and they; what works before knows neither.
    let mut recorded = None;
    let asked = |word: &&str| row.attributes.remedies.iter().any(|asked| asked == word);
    for word in REMEDIES.into_iter().filter(asked) {
        match word {
            "cle" | "cle-pow2" => {
                before::equalize(&mut work, word == "cle-pow2")?;
                continue;
            }
            "bias-absorption" => {
                before::absorb(&mut work, inputs)?;
                continue;
            }
            _ => {}
        }
        if recorded.is_none() {
            recorded = Some((work.clone(), tflite::extremes(&work, inputs)?));
        }
        let Some((reference, ranges)) = &recorded else {
            continue;
        };
        let views = tflite::quantize(&work, ranges, row)?;
        let grids = Grids::of(&tflite::goldens(&work, &views));
        let found = match word {
            "weight-mse" | "octav" => {
                clip::clip(&mut work, &grids, word == "octav")?;
                continue;
            }
            "gptq" | "adaround" | "bias-correction" | "bias-correction-analytic" => {
                let layerwise = Layerwise {
                    reference,
                    work: &work,
                    grids: &grids,
                    inputs,
                };
                layerwise.run(word)?
            }
            _ => return Err(format!("the oracle has no remedy `{word}`")),
        };
        for (name, values) in found {
            layers::set(&mut work, &name, values);
        }
    }
    let ranges = match recorded {
        Some((_, ranges)) => ranges,
        None => tflite::extremes(&work, inputs)?,
    };
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
