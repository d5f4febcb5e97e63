//! `test.lst`: one row a model, granularity and type.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;

use crate::limits::MAX_MODEL_NAME;
use crate::recipe::Recipe;
use crate::{Granularity, QuantType, Stage, checkpoint, operators};

/// A row of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its directive.
    pub kind: RowKind,
    /// The model: a folder of `recipes/`.
    pub model: String,
    /// Granularity.
    pub granularity: Granularity,
    /// Type.
    pub dtype: QuantType,
    /// Line in the list, from 1.
    pub line: u32,
}

/// The directive of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// `addTest`: all stages with one setting.
    Test,
    /// `addQConfTest`: mixed precision by a configuration file.
    QConf,
    /// `addWeightsOnlyTest`: weights quantized, activations float.
    WeightsOnly,
}

/// Words that cannot name a module.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop",
    "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static",
    "struct", "super", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual",
    "where", "while", "yield",
];

impl RowKind {
    /// The directive's name.
    pub fn directive(self) -> &'static str {
        match self {
            Self::Test => "addTest",
            Self::QConf => "addQConfTest",
            Self::WeightsOnly => "addWeightsOnlyTest",
        }
    }
}

/// A line that is no row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListError {
    /// Line, from 1.
    pub line: u32,
    /// What is wrong, and the way out.
    pub what: String,
}

impl fmt::Display for ListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:1: {}", self.line, self.what)
    }
}

impl Row {
    /// The folder of its inputs and goldens: the model, with `_config` behind it for addQConfTest.
    pub fn folder(&self) -> String {
        match self.kind {
            RowKind::QConf => format!("{}_config", self.model),
            _ => self.model.clone(),
        }
    }

    /// The module of its tests: the folder in lower case, made a name that Rust takes.
    pub fn module(&self) -> String {
        module(&self.folder())
    }

    /// The stages that the row tests. Fake quantization is one when the model has weights.
    pub fn stages(&self, recipe: &Recipe) -> Vec<Stage> {
        let has_weights = recipe.operations.iter().any(|operation| {
            let weights = operators::find(&operation.kind).and_then(|operator| operator.weights);
            weights.is_some_and(|weights| {
                let filter = operation
                    .inputs
                    .get(weights.filter)
                    .and_then(|name| recipe.operand(name));
                filter.is_some_and(crate::recipe::Operand::is_float_const)
            })
        });
        let fake = has_weights.then_some(Stage::FakeQuantization);
        match self.kind {
            RowKind::Test => fake
                .into_iter()
                .chain([Stage::RecordMinmax, Stage::Quantization])
                .collect(),
            RowKind::QConf => fake.into_iter().chain([Stage::Quantization]).collect(),
            RowKind::WeightsOnly => vec![Stage::WoQuantization],
        }
    }
}

/// A name in lower case, made one that Rust takes.
pub(crate) fn module(name: &str) -> String {
    let name = name.to_lowercase().replace('-', "_");
    if KEYWORDS.contains(&name.as_str()) {
        return name + "_";
    }
    name
}

/// Why a name cannot be that of a model.
pub(crate) fn check_name(model: &str) -> Result<(), String> {
    if !model
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "_-".contains(c))
        || !model.starts_with(|c: char| c.is_ascii_alphabetic())
    {
        return Err(format!(
            "model `{model}` is no name for a test; use letters, digits and _, a letter first"
        ));
    }
    if model.len() > MAX_MODEL_NAME {
        return Err(format!(
            "a model's name has {} characters; use at most {MAX_MODEL_NAME}, it names files",
            model.len()
        ));
    }
    if model.ends_with("_config") {
        return Err(format!(
            "model `{model}` ends in _config, which names the folders of addQConfTest; rename the model"
        ));
    }
    Ok(())
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}({} {} {})",
            self.kind.directive(),
            self.model,
            self.granularity,
            self.dtype
        )
    }
}

/// Reads a list: rows in order, and every line that is none.
pub fn parse(text: &str) -> (Vec<Row>, Vec<ListError>) {
    collect(text, |text| !checkpoint::is_row(text), row)
}

/// The rows that are `wanted`, in order, and every one that `row` refuses or that stands twice. Comments and blank
/// lines are no rows.
pub(crate) fn collect<R: fmt::Display>(
    text: &str,
    wanted: impl Fn(&str) -> bool,
    row: impl Fn(&str, u32) -> Result<R, String>,
) -> (Vec<R>, Vec<ListError>) {
    let mut rows = Vec::new();
    let mut errors = Vec::new();
    let mut first: BTreeMap<String, u32> = BTreeMap::new();
    // Some editors begin a text with a mark that nobody sees.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (line, text) in (1u32..).zip(text.lines()) {
        let text = text.split('#').next().unwrap_or_default().trim();
        if text.is_empty() || !wanted(text) {
            continue;
        }
        match row(text, line) {
            Ok(row) => match first.entry(row.to_string()) {
                Entry::Occupied(first) => errors.push(ListError {
                    line,
                    what: format!("{row} stands already at line {}; remove one of them", first.get()),
                }),
                Entry::Vacant(free) => {
                    free.insert(line);
                    rows.push(row);
                }
            },
            Err(what) => errors.push(ListError { line, what }),
        }
    }
    (rows, errors)
}

fn row(text: &str, line: u32) -> Result<Row, String> {
    let form = "write `addTest(MODEL layer|channel TYPE)`";
    let (directive, rest) = text
        .split_once('(')
        .ok_or_else(|| format!("`{text}` is no row; {form}"))?;
    let kind = match directive.trim() {
        "addTest" => RowKind::Test,
        "addQConfTest" => RowKind::QConf,
        "addWeightsOnlyTest" => RowKind::WeightsOnly,
        other => {
            return Err(format!(
                "directive `{other}` is unknown; use addTest, addQConfTest, addWeightsOnlyTest or addCheckpointTest"
            ));
        }
    };
    let inside = rest
        .strip_suffix(')')
        .ok_or_else(|| format!("`{text}` is not closed with `)`; {form}"))?;
    let words: Vec<&str> = inside.split_whitespace().collect();
    let &[model, granularity, dtype] = words.as_slice() else {
        return Err(format!(
            "`{text}` has {} words in the brackets, not 3; {form}",
            words.len()
        ));
    };
    check_name(model)?;
    let granularity = granularity
        .parse()
        .map_err(|_| format!("granularity `{granularity}` is unknown; use layer or channel"))?;
    let types = match kind {
        RowKind::WeightsOnly => "int4, int8 or int16",
        RowKind::Test | RowKind::QConf => "uint8 or int16",
    };
    let dtype = dtype
        .parse()
        .map_err(|_| format!("type `{dtype}` is unknown; use {types}"))?;
    let row = Row {
        kind,
        model: model.to_owned(),
        granularity,
        dtype,
        line,
    };
    match combination(&row) {
        Some(way_out) => Err(format!("{row}: {way_out}")),
        None => Ok(row),
    }
}

/// What to write instead of a combination that does not exist.
fn combination(row: &Row) -> Option<&'static str> {
    match (row.kind, row.granularity, row.dtype) {
        (
            RowKind::WeightsOnly,
            Granularity::Channel,
            QuantType::Int4 | QuantType::Int8 | QuantType::Int16,
        ) => None,
        (RowKind::WeightsOnly, Granularity::Layer, _) => {
            Some("weights-only quantization is channel-wise; write `channel`")
        }
        (RowKind::WeightsOnly, _, QuantType::Uint8) => {
            Some("weights-only quantization is symmetric; use int4, int8 or int16")
        }
        (_, Granularity::Layer, QuantType::Int16) => {
            Some("layer-wise quantization supports only uint8; write `channel int16` or `layer uint8`")
        }
        (_, _, QuantType::Int8 | QuantType::Int4) => {
            Some("this type is for addWeightsOnlyTest; use uint8 or int16")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
