//! The cases of the reference: a model and a scheme each.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use quant_core::format;
use quant_core::ir::Model;
use serde_json::Value as Json;

use crate::common::shared;

/// One file `<scheme>.json`.
pub struct Case {
    /// `reference/tflite`; recipes stand in its `aeq_recipes`.
    pub root: PathBuf,
    /// The model's folder.
    pub folder: PathBuf,
    /// The model's name.
    pub model: String,
    /// The scheme's name.
    pub scheme: String,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.scheme, self.model)
    }
}

impl Case {
    /// What the original wrote.
    pub fn reference(&self) -> Json {
        json(&self.folder.join(format!("{}.json", self.scheme)))
    }

    /// The float model.
    pub fn float(&self) -> Model {
        float(&self.folder)
    }
}

/// The float model of a folder: that in it, or a network of `models`.
pub fn float(folder: &Path) -> Model {
    let own = folder.join("model.tflite");
    let path = if own.is_file() {
        own
    } else {
        let network = folder.file_name().unwrap().to_string_lossy();
        shared().join("models").join(format!("{network}_float32.tflite"))
    };
    let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    format::import(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A JSON file.
pub fn json(path: &Path) -> Json {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The folders of models.
pub fn folders(root: &Path) -> Vec<PathBuf> {
    let kinds = ["models", "nets", "qat"];
    kinds.iter().flat_map(|kind| listed(&root.join(kind))).collect()
}

/// Those that `part` names, as `scheme` or `scheme/model`.
pub fn all(root: &Path, part: Option<&str>) -> Vec<Case> {
    let (scheme, model) = part.map_or(("*", "*"), |part| part.split_once('/').unwrap_or((part, "*")));
    let mut cases = Vec::new();
    for folder in folders(root) {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        for file in listed(&folder)
            .iter()
            .filter(|file| fits(model, &name) && is_scheme(file))
        {
            let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
            if fits(scheme, &stem) {
                cases.push(Case {
                    root: root.to_owned(),
                    folder: folder.clone(),
                    model: name.clone(),
                    scheme: stem,
                });
            }
        }
    }
    cases
}

fn is_scheme(file: &Path) -> bool {
    let is_json = file.extension().is_some_and(|extension| extension == "json");
    is_json
        && !file
            .file_stem()
            .unwrap()
            .to_string_lossy()
            .ends_with("calibration")
}

fn listed(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// Whether a name fits a pattern, in which each `*` stands for any text.
pub fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, rest)) => name.strip_prefix(start).is_some_and(|name| {
            let mut ends = (0..=name.len()).filter(|at| name.is_char_boundary(*at));
            ends.any(|at| fits(rest, &name[at..]))
        }),
    }
}
