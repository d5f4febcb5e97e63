//! A recipe: its entries by the expressions of their scopes, and which of them an operator follows.

use std::collections::BTreeMap;

use quant_ir::error::{Error, Problem, Result};
use quant_ir::limits::at_most;
use regex_lite::{Regex, RegexBuilder};

use super::entry::{Algorithm, Entry, Granularity, Mode, OpConfig, Operation};
use super::policy;

/// Bytes of a recipe's text; an entry takes some 700.
pub const MAX_RECIPE_BYTES: usize = 1 << 23;
/// Entries of a recipe; one for each layer of a large model is a few hundred.
pub const MAX_ENTRIES: usize = 1 << 12;
/// Bytes of an expression.
pub const MAX_PATTERN_BYTES: usize = 1 << 12;
/// Bytes that a compiled expression takes; counted repetitions in each other multiply.
const MAX_COMPILED_BYTES: usize = 1 << 17;
/// Characters of an operator's names that expressions look at, as in ai-edge-quantizer.
const MAX_SCOPE: usize = 10_000;

/// What is done to which operators.
#[derive(Clone, Debug, Default)]
pub struct Recipe {
    /// By expression, in the order in which they first came.
    scopes: Vec<Scope>,
    /// The number of each expression's scope.
    places: BTreeMap<String, usize>,
    /// How many entries were added.
    count: usize,
}

#[derive(Clone, Debug)]
struct Scope {
    pattern: Regex,
    entries: Vec<Entry>,
}

impl Recipe {
    /// Adds an entry for operators with a match of `regex` in the names of their outputs, each of which ends with `;`.
    ///
    /// An entry for all operators replaces those of its expression, one for a kind replaces that of the same kind.
    ///
    /// # Errors
    /// An expression that cannot be compiled, or a setting that the operator does not have. `Limit`: too many entries,
    /// or too long an expression.
    pub fn add(&mut self, regex: &str, entry: Entry) -> Result<()> {
        at_most(MAX_ENTRIES, self.count + 1, "recipe", "entries")?;
        if !policy::fits(entry.operation, entry.algorithm, &entry.config) {
            return Err(Error::unsupported(
                "op_config",
                format!(
                    "{} cannot have it with {}",
                    operation(entry.operation),
                    entry.algorithm.key()
                ),
                "give it a setting of docs/tflite-recipes.md, or set `skip_checks`",
            ));
        }
        let at = if let Some(at) = self.places.get(regex) {
            *at
        } else {
            let (pattern, entries) = (compile(regex)?, Vec::new());
            self.scopes.push(Scope { pattern, entries });
            let at = self.scopes.len() - 1;
            self.places.insert(regex.to_owned(), at);
            at
        };
        let entries = &mut self.scopes[at].entries;
        self.count += 1;
        if entry.operation == Operation::All {
            *entries = vec![entry];
            return Ok(());
        }
        let same = |other: &&mut Entry| other.operation == entry.operation;
        match entries.iter_mut().find(same) {
            Some(other) => *other = entry,
            None => entries.push(entry),
        }
        Ok(())
    }

    /// What an operator follows: the last entry about it that it can have; `None` when there is none.
    ///
    /// `names` are those of its outputs, or of its inputs when it has no outputs.
    pub fn entry(&self, operation: Operation, names: &[&str]) -> Option<&Entry> {
        let fitting = |entry: &&Entry| policy::fits(operation, entry.algorithm, &entry.config);
        self.about(operation, names).into_iter().rfind(fitting)
    }

    /// The entries about an operator, whether it can have their settings or not.
    pub fn about(&self, operation: Operation, names: &[&str]) -> Vec<&Entry> {
        let scope = scope(names);
        let matching = self
            .scopes
            .iter()
            .filter(|entries| entries.pattern.is_match(&scope));
        let entries = matching.flat_map(|scope| &scope.entries);
        let about = |entry: &&Entry| entry.operation == Operation::All || entry.operation == operation;
        entries.filter(about).collect()
    }

    fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.scopes.iter().flat_map(|scope| &scope.entries)
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.scopes.is_empty()
    }

    /// Whether it takes recorded ranges.
    pub fn needs_ranges(&self) -> bool {
        let quantizes = |entry: &&Entry| entry.algorithm != Algorithm::NoQuantize;
        let mut entries = self.entries().filter(quantizes);
        entries.any(|entry| entry.config.mode() == Some(Mode::Static))
    }

    /// Whether activations become integers of more than 8 bits somewhere.
    pub fn has_wide_activations(&self) -> bool {
        let wide = |entry: &Entry| {
            let bits = entry.config.activations.map(|activations| activations.bits);
            entry.algorithm != Algorithm::NoQuantize && bits.is_some_and(|bits| bits > 8)
        };
        self.entries().any(wide)
    }

    /// Whether it takes [`super::Hessians`].
    pub fn needs_hessians(&self) -> bool {
        self.entries().any(|entry| entry.algorithm == Algorithm::Gptq)
    }
}

/// What expressions look at.
fn scope(names: &[&str]) -> String {
    let mut scope = String::new();
    for name in names.iter().filter(|name| !name.is_empty()) {
        scope.push_str(name);
        scope.push(';');
    }
    if let Some((end, _)) = scope.char_indices().nth(MAX_SCOPE) {
        scope.truncate(end);
    }
    scope
}

/// An operation as recipes write it.
fn operation(operation: Operation) -> String {
    match operation {
        Operation::All => "*".to_owned(),
        Operation::Input => "INPUT".to_owned(),
        Operation::Output => "OUTPUT".to_owned(),
        Operation::Op(quant_ir::Builtin::TRANSPOSE_CONV) => "CONV_2D_TRANSPOSE".to_owned(),
        Operation::Op(code) => code.to_string(),
    }
}

fn compile(regex: &str) -> Result<Regex> {
    at_most(MAX_PATTERN_BYTES, regex.len(), "regex", "bytes")?;
    let mut builder = RegexBuilder::new(regex);
    builder.size_limit(MAX_COMPILED_BYTES);
    builder.build().map_err(|error| {
        let absent = ["(?=", "(?!", "(?<=", "(?<!", "(?P=", "(?>", "(?("];
        let hint = match absent.iter().find(|start| regex.contains(**start)) {
            Some(start) => {
                format!("write it without `{start}…)`: look-around and back references are not supported")
            }
            None => "write an expression without look-around and back references".to_owned(),
        };
        Error::new(
            "regex",
            Problem::Parse(format!("`{regex}` is no expression: {error}")),
            hint,
        )
        .caused_by(error)
    })
}

impl OpConfig {
    /// Whether weights have a scale for each block of a row.
    pub fn is_blockwise(&self) -> bool {
        self.weights
            .is_some_and(|weights| matches!(weights.granularity, Granularity::Block(_)))
    }
}
