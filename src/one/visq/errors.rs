//! The file of errors: `{"meta": …, "error": [{layer: number}]}`.

use std::path::Path;

use quant_case::json;
use serde_json::{Map, json};

use super::palette::Color;
use crate::failure::{Failure, Result};
use crate::files;

/// Errors of layers, in the order of the graph.
pub struct Errors(Vec<(String, f64)>);

impl Errors {
    /// Those of layers with these names.
    pub fn new(errors: Vec<(String, f64)>) -> Self {
        Self(errors)
    }

    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self> {
        let text = files::read_text(path)?;
        let wrong = |what: &str| {
            Failure::Invalid(format!(
                "{}: {what}; give a file of visq: {{\"error\": [{{\"layer\": 0.25}}]}}",
                path.display()
            ))
        };
        let parts = json::object(&text).map_err(|error| wrong(&error))?;
        let errors = parts.iter().find(|(key, _)| key == "error");
        let (_, errors) = errors.ok_or_else(|| wrong("No 'error' section in visq stream"))?;
        let graphs: Vec<Box<serde_json::value::RawValue>> = serde_json::from_str(errors.get())
            .map_err(|_| wrong("`error` is no list of objects, one for each graph"))?;
        let first = graphs.first().ok_or_else(|| wrong("`error` is empty"))?;
        let mut layers = Vec::new();
        for (name, number) in json::object(first.get()).map_err(|error| wrong(&error))? {
            let number = serde_json::from_str::<f64>(number.get());
            let number = number.map_err(|_| wrong(&format!("the error of `{name}` is no number")))?;
            layers.push((name, number));
        }
        Ok(Self(layers))
    }

    /// The error of a layer; 0 when the file does not have it.
    pub fn of(&self, name: &str) -> f64 {
        self.find(name).unwrap_or(0.0)
    }

    /// The error of a layer.
    pub fn find(&self, name: &str) -> Option<f64> {
        let found = self.0.iter().find(|(layer, _)| layer == name);
        found.map(|(_, error)| *error)
    }

    /// The least and the greatest; `None` of nothing.
    pub fn range(&self) -> Option<(f64, f64)> {
        let values = || self.0.iter().map(|(_, error)| *error);
        Some((values().reduce(f64::min)?, values().reduce(f64::max)?))
    }

    /// The file.
    pub fn json(&self, model: &str, metric: &str, colors: &[Color]) -> String {
        let layers: Map<String, serde_json::Value> = self
            .0
            .iter()
            .map(|(name, error)| (name.clone(), json!(error)))
            .collect();
        let colors = colors.iter().map(Color::json);
        let text = json!({
            "meta": {
                "model": model,
                "metric": metric,
                "colorscheme": colors.collect::<Vec<_>>(),
            },
            "error": [layers],
        });
        format!("{text}\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("e.json");
        let errors = Errors::new(vec![("b".to_owned(), 0.1), ("a".to_owned(), 1e-9)]);
        assert_eq!(errors.range(), Some((1e-9, 0.1)));
        std::fs::write(&path, errors.json("m", "TAE", &[])).unwrap();
        let read = Errors::read(&path).unwrap();
        assert_eq!((read.of("a"), read.of("b"), read.of("c")), (1e-9, 0.1, 0.0));
    }

    #[test]
    fn other_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("e.json");
        for (text, what) in [
            ("[1]", "give a file of visq"),
            ("{\"errors\": []}", "No 'error' section in visq stream"),
            ("{\"error\": []}", "`error` is empty"),
            ("{\"error\": {\"a\": 1}}", "is no list of objects"),
            ("{\"error\": [{\"a\": \"1\"}]}", "the error of `a` is no number"),
        ] {
            std::fs::write(&path, text).unwrap();
            let error = Errors::read(&path).err().unwrap().to_string();
            assert!(error.contains(what), "{text}: {error}");
        }
    }
}
