//! The target that takes a recipe of ai-edge-quantizer and a model.

use quant_core::format;
use quant_core::ir::{FileFormat, Model};
use quant_core::scheme::tflite::Options;
use quant_core::scheme::tflite::recipe::{self, Recipe};

use super::model;

/// A recipe up to the first zero byte, and behind it what [`super::model::pipeline`] takes: an error, or a model that can
/// be written and read. Bytes that are no recipe choose one by name.
///
/// # Panics
/// A quantized model is written and not read.
pub fn aeq_recipe(bytes: &[u8]) {
    let (text, rest) = match bytes.iter().position(|byte| *byte == 0) {
        Some(end) => (&bytes[..end], &bytes[end + 1..]),
        None => (bytes, &[][..]),
    };
    let names = Recipe::names();
    let named = || Recipe::builtin(&names[usize::from(rest.first().copied().unwrap_or(0)) % names.len()]);
    let Ok(recipe) = Recipe::parse(&String::from_utf8_lossy(text)).or_else(|_| named()) else {
        return;
    };
    let Some((file, how)) = model::changed(rest) else {
        return;
    };
    let Ok(mut model) = format::import(&file) else {
        return;
    };
    if model::is_large(&model) {
        return;
    }
    model::ranges(&mut model);
    for compat in [false, true] {
        let options = Options {
            compat,
            strict: how & 1 != 0,
            ..Options::default()
        };
        quantized(&model, &recipe, &options);
    }
}

fn quantized(float: &Model, recipe: &Recipe, options: &Options) {
    let mut model = float.clone();
    if recipe::quantize(&mut model, recipe, options).is_err() {
        return;
    }
    if let Ok(bytes) = format::export(&model, FileFormat::Tflite)
        && let Err(error) = format::import(&bytes)
    {
        panic!("the file of a quantized model is refused: {error}");
    }
}
