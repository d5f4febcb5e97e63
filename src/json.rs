//! `--json FILE`: what a verb found, for programs, written in one way by all verbs (docs/json.md).

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::failure::Result;
use crate::{files, warnings};

/// The version of what is written. Keys are added without changing it; it changes when one goes or means something else.
const VERSION: u32 = 1;

/// The option.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Json {
    /// File for the results as JSON (docs/json.md); - prints them in place of the text
    #[arg(id = "json", long, value_name = "FILE")]
    file: Option<PathBuf>,
}

/// Results, an object, as text, with the verb and the version.
pub fn text(verb: &str, mut results: Value) -> String {
    results["verb"] = json!(verb);
    results["version"] = json!(VERSION);
    format!("{results:#}\n")
}

impl Json {
    /// Prints text, unless JSON goes to the standard output.
    pub fn print(&self, text: &str) -> Result {
        if self.is_printed() {
            return Ok(());
        }
        files::print(text)
    }

    /// Writes results, an object, with the verb, the version and the warnings that were told; nothing without the option.
    pub fn write(&self, verb: &str, results: impl FnOnce() -> Value) -> Result {
        let Some(path) = &self.file else { return Ok(()) };
        let mut results = results();
        if results.get("warnings").is_none() {
            results["warnings"] = json!(warnings::all());
        }
        let text = text(verb, results);
        if self.is_printed() {
            return files::print(&text);
        }
        files::write(path, text.as_bytes())
    }

    /// Whether it takes the standard output.
    pub fn is_printed(&self) -> bool {
        self.file.as_deref() == Some(Path::new("-"))
    }
}
