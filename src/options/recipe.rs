//! ai-edge-quantizer's recipes, by name or file.

use std::path::Path;
use std::sync::Arc;

use quant_core::fold;
use quant_core::interp::FloatProfile;
use quant_core::ir::Model;
use quant_core::record::{Fitted, Pass, Records};
use quant_core::scheme::Scheme;
use quant_core::scheme::tflite::recipe::{ByRecipe, Hessians, Recipe};

use crate::failure::{Failure, Result};
use crate::files;

/// The recipe of a name, or that of a file.
pub fn read(word: &str) -> Result<Recipe> {
    let path = Path::new(word);
    if path.extension().is_some_and(|extension| extension == "json") || path.is_file() {
        let text = files::read_text(path)?;
        return Ok(Recipe::parse(&text).map_err(|error| error.within(path.display()))?);
    }
    Recipe::builtin(word).map_err(|error| Failure::Usage(format!("--recipe: {error}")))
}

/// What stands for it in the name of a file.
pub fn word(recipe: &str) -> String {
    let stem = Path::new(recipe).file_stem().unwrap_or(recipe.as_ref());
    stem.to_string_lossy().into_owned()
}

/// Runs the float model on data, where the recipe takes more of it than ranges: the scheme that knows what was seen.
/// Constants of the model are folded.
pub fn observed(
    mut scheme: ByRecipe,
    model: &mut Model,
    records: &dyn Records,
    threads: usize,
) -> Result<Arc<dyn Scheme>> {
    fold::constants(model)?;
    let records = Fitted::new(records, model);
    let pass = Pass {
        part: 0..records.len(),
        records: &records,
        threads,
        lowest: None,
        floats: FloatProfile::Fast,
        sequence: false,
        progress: &|_| (),
    };
    scheme.hessians = Hessians::gather(&pass, model, &scheme.recipe)?;
    Ok(Arc::new(scheme))
}
