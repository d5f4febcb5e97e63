//! Both lists of a package: `test.lst`, and `test.local.lst` for rows that are not for everyone.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use crate::list::{self, Context};
use crate::names;
use crate::row::Row;
use crate::text_file;
use crate::words::Words;
use crate::{amct, checkpoint, onnx};

/// The list that everyone has.
pub const LIST: &str = "test.lst";
/// The optional list beside it.
pub const LOCAL: &str = "test.local.lst";

/// The rows of a package.
#[derive(Clone, Debug, Default)]
pub struct Lists {
    /// Rows in their order, each with its place, as in `test.lst:3:1`.
    pub rows: Vec<(Row, String)>,
    /// The rows of checkpoints, in the same way.
    pub checkpoints: Vec<(checkpoint::Row, String)>,
    /// What is wrong, each with its place.
    pub errors: Vec<String>,
    /// Whether there is a `test.local.lst`.
    pub has_local: bool,
    /// The place of each row.
    places: BTreeMap<String, String>,
    /// The model of each module.
    modules: BTreeMap<String, String>,
}

/// Reads both lists below `root`, which may use these words beside ONE's.
pub fn read(root: &Path, words: &Words) -> Lists {
    let mut lists = Lists {
        errors: words.errors(),
        ..Lists::default()
    };
    let [models, checkpoints, graphs, onnx] = folders(&root.join("recipes"));
    let context = Context {
        words: Some(words),
        models: &models,
        checkpoints: &checkpoints,
        graphs: &graphs,
        onnx: &onnx,
    };
    for name in [LIST, LOCAL] {
        let path = root.join(name);
        // A dangling link is a list that cannot be read, not one that is not there.
        let absent = fs::symlink_metadata(&path).is_err_and(|error| error.kind() == ErrorKind::NotFound);
        if absent && name == LOCAL {
            continue;
        }
        lists.has_local |= name == LOCAL;
        match text_file::read(&path) {
            Ok(text) => lists.add(name, &text, context),
            Err(_) if absent => lists.errors.push(format!(
                "{name}:1:1: the list is missing; write it beside Cargo.toml, with a line such as addTest(Add_000 layer uint8)"
            )),
            Err(error) => lists.errors.push(format!("{name}:1:1: {error}; write the list as plain text")),
        }
    }
    if lists.rows.is_empty() && lists.checkpoints.is_empty() && lists.errors.is_empty() {
        let what = "the list names no model; add a line such as addTest(Add_000 layer uint8)";
        lists.errors.push(format!("{LIST}:1:1: {what}"));
    }
    lists
}

impl Lists {
    fn add(&mut self, name: &str, text: &str, context: Context<'_>) {
        let list = list::read(text, context);
        let messages = list.errors.iter().map(|error| format!("{name}:{error}"));
        self.errors.extend(messages);
        for row in list.rows {
            let place = format!("{name}:{}:1", row.line);
            if self.is_new(row.to_string(), row.module(), &row.model, &place) {
                self.rows.push((row, place));
            }
        }
        for row in list.checkpoints {
            let place = format!("{name}:{}:1", row.line);
            // A checkpoint and a model of one name would share a module.
            let kind = if row.device.is_ascend() {
                "a graph"
            } else {
                "a checkpoint"
            };
            let owner = format!("{} ({kind})", row.name);
            if self.is_new(row.to_string(), row.module(), &owner, &place) {
                self.checkpoints.push((row, place));
            }
        }
    }

    /// Whether a row is neither there already nor gives tests the name of another model's.
    fn is_new(&mut self, text: String, module: String, model: &str, place: &str) -> bool {
        let clash = self.modules.get(&module).filter(|other| *other != model);
        if let Some(first) = self.places.get(&text) {
            self.errors.push(format!(
                "{place}: {text} stands already at {first}; remove one of them"
            ));
            return false;
        }
        if let Some(other) = clash {
            let what = format!("models {other} and {model} give tests of one name; rename one");
            self.errors.push(format!("{place}: {what}"));
            return false;
        }
        self.places.insert(text, place.to_owned());
        self.modules.insert(module, model.to_owned());
        true
    }
}

/// The folders of a tree of recipes that stars may stand for: models, checkpoints, graphs, and ONNX models, beside which another
/// model may lie.
fn folders(tree: &Path) -> [Vec<String>; 4] {
    let entries = fs::read_dir(tree).into_iter().flatten().flatten();
    let mut found: [Vec<String>; 4] = Default::default();
    for folder in entries.map(|entry| entry.path()).filter(|path| path.is_dir()) {
        let has = |file: &str| folder.join(file).exists();
        let name = folder.file_name().and_then(|name| name.to_str());
        let Some(name) = name.filter(|name| names::check_name(name).is_ok()) else {
            continue;
        };
        let [models, checkpoints, graphs, of_onnx] = &mut found;
        let is_onnx = onnx::FILES.into_iter().any(has);
        let is_model = ["test.recipe", "model.circle", "model.tflite"]
            .into_iter()
            .any(has);
        match (has(checkpoint::FILE), has(amct::FILE)) {
            (true, _) => checkpoints.push(name.to_owned()),
            (_, true) => graphs.push(name.to_owned()),
            _ if is_model || !is_onnx => models.push(name.to_owned()),
            _ => {}
        }
        of_onnx.extend(is_onnx.then(|| name.to_owned()));
    }
    found.iter_mut().for_each(|names| names.sort());
    found
}
