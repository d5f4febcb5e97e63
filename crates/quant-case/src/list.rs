//! `test.lst`: one row a model, granularity and type; a line with braces or stars stands for several.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

mod foreign;
mod row;

use std::collections::BTreeMap;
use std::fmt;

use crate::attributes::Attributes;
use crate::checkpoint;
use crate::limits::MAX_LIST_ROWS;
use crate::line::{self, Cursor, LineError, Span};
use crate::matrix::{self, braces};
use crate::names::check_name;
pub use crate::row::{Row, RowKind};
use crate::words::Words;

/// A line that is no row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListError {
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
    /// What is wrong, and the way out.
    pub what: String,
}

impl fmt::Display for ListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.what)
    }
}

/// What a list can name.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context<'a> {
    /// The words of its own; `None` when it uses ONE's alone.
    pub words: Option<&'a Words>,
    /// The models that stars stand for, in their order.
    pub models: &'a [String],
    /// The same of checkpoints.
    pub checkpoints: &'a [String],
    /// The same of AMCT's graphs.
    pub graphs: &'a [String],
    /// The same of ONNX models.
    pub onnx: &'a [String],
}

/// A list that is read.
#[derive(Clone, Debug, Default)]
pub struct List {
    /// The rows of models, in order.
    pub rows: Vec<Row>,
    /// The rows of checkpoints, in order.
    pub checkpoints: Vec<checkpoint::Row>,
    /// What is wrong, one entry a line.
    pub errors: Vec<ListError>,
}

/// Reads the rows of models in a list of ONE's words: in order, and every line that is none.
pub fn parse(text: &str) -> (Vec<Row>, Vec<ListError>) {
    let list = read(text, Context::default());
    (list.rows, list.errors)
}

/// Reads a list. Comments and blank lines are no rows.
pub fn read(text: &str, context: Context<'_>) -> List {
    let none = Words::new();
    let mut reader = Reader {
        words: context.words.unwrap_or(&none),
        context,
        list: List::default(),
        first: BTreeMap::new(),
    };
    // Some editors begin a text with a mark that nobody sees.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (number, text) in (1u32..).zip(text.lines()) {
        let text = line::without_comment(text);
        if text.trim().is_empty() {
            continue;
        }
        if let Err((column, what)) = reader.line(text, number) {
            reader.list.errors.push(ListError {
                line: number,
                column,
                what,
            });
        }
    }
    reader.list
}

struct Reader<'a> {
    words: &'a Words,
    context: Context<'a>,
    list: List,
    /// The line of each row, and whether it stands for several.
    first: BTreeMap<String, (u32, bool)>,
}

impl Reader<'_> {
    fn line(&mut self, text: &str, number: u32) -> Result<(), LineError> {
        let mut cursor = Cursor::new(text);
        let whole = cursor.blanks().rest();
        let directive = cursor.take(|c| c != '(');
        let kind = row::directive(directive.text.trim_end());
        let amct = directive.text.trim_end() == checkpoint::AMCT;
        let form = row::form(&kind, amct);
        let first = |what: String| (1, what);
        if !cursor.eat('(') {
            return Err(first(format!("`{whole}` is no row; {form}")));
        }
        let kind = kind.map_err(|what| (directive_column(directive, &what), what))?;
        let inside = cursor.take(|c| c != ')');
        if !cursor.eat(')') {
            return Err(first(format!("`{whole}` is not closed with `)`; {form}")));
        }
        let words = line::words(inside);
        let wanted = if amct || kind == Some(RowKind::Recipe) {
            2
        } else {
            3
        };
        let (name, second, third) = match *words.as_slice() {
            [name, second] if wanted == 2 => (name, second, second),
            [name, second, third] if wanted == 3 => (name, second, third),
            _ => {
                let count = words.len();
                return Err(first(match kind {
                    None => format!("`{whole}` is no row; {form}"),
                    Some(_) => format!("`{whole}` has {count} words in the brackets, not {wanted}; {form}"),
                }));
            }
        };
        let line = row::Line {
            attributes: Attributes::read(cursor)?,
            number,
            words: self.words,
        };
        row::may_have(kind, &line.attributes).map_err(|what| {
            let word = if what.contains("observer") {
                "observer"
            } else if what.contains("remedies") {
                "remedies"
            } else {
                "tolerance"
            };
            (column_of(text, word), what)
        })?;
        let is_matrix = inside.text.contains(['{', '*']);
        match kind {
            None => {
                let device = (!amct).then_some(second);
                let files = if amct {
                    self.context.graphs
                } else {
                    self.context.checkpoints
                };
                let rows = line.checkpoints(&names(name, files)?, device, third)?;
                let rows = self.new_rows(rows, number, is_matrix)?;
                self.list.checkpoints.extend(rows);
            }
            Some(kind) => {
                let known = match kind {
                    RowKind::Onnx => self.context.onnx,
                    _ => self.context.models,
                };
                let models = names(name, known)?;
                let rows = match kind {
                    RowKind::TFLite => line.flavours(&models, second, third)?,
                    RowKind::Recipe => line.recipes(&models, second)?,
                    RowKind::Onnx => line.onnx(&models, second, third)?,
                    _ => line.rows(kind, &models, second, third)?,
                };
                let rows = self.new_rows(rows, number, is_matrix)?;
                self.list.rows.extend(rows);
            }
        }
        Ok(())
    }

    /// The rows, unless one of them is there already.
    fn new_rows<R: fmt::Display>(
        &mut self,
        rows: Vec<R>,
        number: u32,
        is_matrix: bool,
    ) -> Result<Vec<R>, LineError> {
        let found = self.list.rows.len().saturating_add(self.list.checkpoints.len());
        if found.saturating_add(rows.len()) > MAX_LIST_ROWS {
            return Err((
                1,
                format!("the list has more than {MAX_LIST_ROWS} rows; write several lists"),
            ));
        }
        let mut seen: BTreeMap<String, (u32, bool)> = BTreeMap::new();
        for row in &rows {
            let text = row.to_string();
            let first = self.first.get(&text).or_else(|| seen.get(&text));
            if let Some((first, other)) = first {
                let what = match (*first == number, is_matrix || *other) {
                    (true, _) => format!("the line stands for {text} twice; name each word once"),
                    (_, true) => format!(
                        "{text} stands already at line {first}, and one of the two lines stands for several rows; name there those that are meant"
                    ),
                    _ => format!("{text} stands already at line {first}; remove one of them"),
                };
                return Err((1, what));
            }
            seen.insert(text, (number, is_matrix));
        }
        self.first.append(&mut seen);
        Ok(rows)
    }
}

/// The models that the first word stands for.
fn names(word: Span<'_>, known: &[String]) -> Result<Vec<String>, LineError> {
    let column = row::column(word);
    let mut names = Vec::new();
    for name in braces(word)? {
        if !name.contains('*') {
            check_name(&name).map_err(|what| (column, what))?;
            names.push(name);
            continue;
        }
        let before = names.len();
        names.extend(known.iter().filter(|known| matrix::fits(&name, known)).cloned());
        if names.len() == before {
            let what = format!("`{name}` fits no folder of recipes/; write the name of one, or add it");
            return Err((column, what));
        }
    }
    Ok(names)
}

/// Where a directive that is none stands: errors that older lists could have are told at the beginning of the line.
fn directive_column(directive: Span<'_>, what: &str) -> u32 {
    if what.starts_with("attribute") {
        directive.column
    } else {
        1
    }
}

fn column_of(line: &str, word: &str) -> u32 {
    let before = line.find(word).and_then(|at| line.get(..at)).unwrap_or_default();
    u32::try_from(before.chars().count())
        .unwrap_or(u32::MAX)
        .saturating_add(1)
}

#[cfg(test)]
mod tests;
