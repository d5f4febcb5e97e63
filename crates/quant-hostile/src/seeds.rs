//! Valid models to begin with: those of this repository's recipes.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use quant_core::format;
use quant_core::ir::{FileFormat, Model};

/// The root of the repository.
pub fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The model files of the reference data; none when it is not there.
pub fn reference_models() -> Vec<PathBuf> {
    let shared = std::env::var_os("QUANT_REFERENCE").map_or_else(|| root().join("../shared"), PathBuf::from);
    let entries = fs::read_dir(shared.join("models"));
    let mut files: Vec<PathBuf> = entries
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "tflite"));
    files.sort();
    files
}

/// The recipes, each with its name, in the order of the names.
pub fn recipes() -> &'static [(String, String)] {
    static RECIPES: OnceLock<Vec<(String, String)>> = OnceLock::new();
    RECIPES.get_or_init(|| {
        let folders = fs::read_dir(root().join("recipes"))
            .into_iter()
            .flatten()
            .flatten();
        let mut recipes: Vec<(String, String)> = folders
            .filter_map(|folder| {
                let text = fs::read_to_string(folder.path().join("test.recipe")).ok()?;
                Some((folder.file_name().to_string_lossy().into_owned(), text))
            })
            .collect();
        recipes.sort();
        recipes
    })
}

/// The model of a recipe.
///
/// # Panics
/// The recipe is wrong.
pub fn model(text: &str) -> Model {
    let recipe = quant_case::recipe::parse(text).unwrap_or_else(|error| panic!("{error}"));
    quant_recipe::build(&recipe).unwrap_or_else(|error| panic!("{error}"))
}

/// The models of the recipes as Circle files.
///
/// # Panics
/// A recipe is wrong.
pub fn files() -> &'static [(String, Vec<u8>)] {
    static FILES: OnceLock<Vec<(String, Vec<u8>)>> = OnceLock::new();
    FILES.get_or_init(|| {
        let file = |(name, text): &(String, String)| {
            let bytes = format::export(&model(text), FileFormat::Circle);
            (name.clone(), bytes.unwrap_or_else(|error| panic!("{error}")))
        };
        recipes().iter().map(file).collect()
    })
}
