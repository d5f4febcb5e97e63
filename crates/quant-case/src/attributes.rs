//! What may stand behind a row: `ignore("why")`, `fails("why")`, `tolerance(…)`, `tag(…)`, `observer(…)`, `remedies(…)`.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![deny(clippy::as_conversions)]

mod tolerance;

use std::fmt;

use crate::compare::Tolerance;
use crate::golden::Tensor;
use crate::line::{Cursor, LineError, Span};

pub use tolerance::{Own, Part};

/// The attributes of a row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attributes {
    /// Why its tests are not run.
    pub ignore: Option<String>,
    /// Why its tests fail; one that passes is the failure.
    pub fails: Option<String>,
    /// How far values may be from their goldens, in place of the usual tolerances.
    pub tolerances: Vec<Own>,
    /// Words by which its tests are selected.
    pub tags: Vec<String>,
    /// What makes ranges of records, in place of what the quantizer has by itself.
    pub observer: Option<String>,
    /// What is done to the float model before it is quantized.
    pub remedies: Vec<String>,
}

/// How attributes are written, for messages.
const FORMS: &str = "ignore(\"why\"), fails(\"why\"), tolerance(scale relative 1e-4), tag(word), observer(kl) or remedies(cle)";

/// The remedies, in the order in which they work.
pub const REMEDIES: [&str; 9] = [
    "cle",
    "cle-pow2",
    "bias-absorption",
    "weight-mse",
    "octav",
    "gptq",
    "adaround",
    "bias-correction-analytic",
    "bias-correction",
];

impl Attributes {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The tolerance of the row for a key of what a stage made; `None` for the usual one.
    pub fn tolerance(&self, tensor: &Tensor, key: &str) -> Option<Tolerance> {
        tolerance::of(&self.tolerances, tensor, key)
    }

    /// The name of a test with its tags behind it, so that whatever finds the name finds it still:
    /// `…::quantization::tag_slow`.
    pub fn named(&self, test: &str) -> String {
        let tags: Vec<String> = self.tags.iter().map(|tag| format!("tag_{tag}")).collect();
        if tags.is_empty() {
            return test.to_owned();
        }
        format!("{test}::{}", tags.join("_"))
    }

    /// Reads what [`fmt::Display`] has written.
    ///
    /// # Errors
    /// It is something else.
    pub fn parse(text: &str) -> Result<Self, String> {
        Self::read(Cursor::new(text)).map_err(|(column, what)| format!("column {column}: {what}"))
    }

    pub(crate) fn read(mut cursor: Cursor<'_>) -> Result<Self, LineError> {
        let mut found = Self::default();
        while !cursor.blanks().rest().is_empty() {
            let name = cursor.take(|c| c.is_alphanumeric() || c == '_');
            if !["ignore", "fails", "tolerance", "tag", "observer", "remedies"].contains(&name.text) {
                let end = cursor.take(|c| !c.is_whitespace()).text;
                let what = format!("`{}{end}` is no attribute; use {FORMS}", name.text);
                return Err((name.column, what));
            }
            if !cursor.blanks().eat('(') {
                let what = format!("`{}` has no `(`; use {FORMS}", name.text);
                return Err((name.column, what));
            }
            found.one(name, &mut cursor)?;
            if found.ignore.is_some() && found.fails.is_some() {
                let what = "an ignored row is not run, so nobody sees whether it fails; keep one of ignore and fails";
                return Err((name.column, what.to_owned()));
            }
        }
        Ok(found)
    }

    /// Reads one attribute behind its opening bracket.
    fn one(&mut self, name: Span<'_>, cursor: &mut Cursor<'_>) -> Result<(), LineError> {
        let twice = |there: bool| {
            let what = format!("`{}` stands here twice; say all of it at once", name.text);
            if there { Err((name.column, what)) } else { Ok(()) }
        };
        match name.text {
            "ignore" => {
                twice(self.ignore.is_some())?;
                self.ignore = Some(reason(name, cursor)?);
            }
            "fails" => {
                twice(self.fails.is_some())?;
                self.fails = Some(reason(name, cursor)?);
            }
            "tolerance" => {
                twice(!self.tolerances.is_empty())?;
                self.tolerances = tolerance::read(inside(name, cursor)?)?;
            }
            "observer" => {
                twice(self.observer.is_some())?;
                self.observer = Some(observer(inside(name, cursor)?)?);
            }
            "remedies" => {
                twice(!self.remedies.is_empty())?;
                self.remedies = remedies(inside(name, cursor)?)?;
            }
            _ => {
                twice(!self.tags.is_empty())?;
                self.tags = tags(inside(name, cursor)?)?;
            }
        }
        Ok(())
    }
}

/// What stands between the brackets of an attribute.
fn inside<'a>(name: Span<'_>, cursor: &mut Cursor<'a>) -> Result<Span<'a>, LineError> {
    let inside = cursor.take(|c| c != ')');
    if cursor.eat(')') {
        return Ok(inside);
    }
    Err((
        name.column,
        format!("`{}` is not closed with `)`; use {FORMS}", name.text),
    ))
}

/// A reason in quotes, and the closing bracket.
fn reason(name: Span<'_>, cursor: &mut Cursor<'_>) -> Result<String, LineError> {
    let column = cursor.blanks().column;
    let wrong = |what: &str| {
        let what = format!("`{}` {what}; write it as {}(\"why\")", name.text, name.text);
        Err((column, what))
    };
    if !cursor.eat('"') {
        return wrong("has no reason in quotes");
    }
    let text = cursor.take(|c| c != '"').text.trim();
    if !cursor.eat('"') {
        return wrong("has a reason that no quote ends");
    }
    if text.is_empty() {
        return wrong("has an empty reason");
    }
    if text.contains(char::is_control) {
        return wrong("has a reason with a tab or another control character");
    }
    if !cursor.blanks().eat(')') {
        return wrong("is not closed with `)` behind its reason");
    }
    Ok(text.to_owned())
}

/// The word of an observer: `minmax`, `percentile:P`, `kl`, `mse` or `ema:W`.
fn observer(inside: Span<'_>) -> Result<String, LineError> {
    let word = inside.text.trim();
    let number = |text: &str, from: f64, to: f64| text.parse().is_ok_and(|x: f64| (from..=to).contains(&x));
    let known = match word.split_once(':') {
        None => ["minmax", "kl", "mse"].contains(&word),
        Some(("percentile", p)) => number(p, 50.0, 100.0),
        Some(("ema", weight)) => number(weight, 0.0, 1.0),
        Some(_) => false,
    };
    if known {
        return Ok(word.to_owned());
    }
    let what = format!("`{word}` is no observer; use minmax, percentile:P (50…100), kl, mse or ema:W (0…1)");
    Err((inside.column, what))
}

/// Words of remedies, with commas between.
fn remedies(inside: Span<'_>) -> Result<Vec<String>, LineError> {
    let mut found: Vec<String> = Vec::new();
    for word in inside.text.split(',').map(str::trim) {
        let what = if !REMEDIES.contains(&word) {
            format!("`{word}` is no remedy; use {}", REMEDIES.join(", "))
        } else if found.iter().any(|other| other == word) {
            format!("remedy `{word}` stands here twice; remove one")
        } else {
            found.push(word.to_owned());
            continue;
        };
        return Err((inside.column, what));
    }
    Ok(found)
}

fn tags(inside: Span<'_>) -> Result<Vec<String>, LineError> {
    let mut tags: Vec<String> = Vec::new();
    let mut cursor = Cursor::within(inside);
    loop {
        let word = cursor.blanks().take(|c| c != ',' && !c.is_whitespace());
        let small = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if !word.text.starts_with(|c: char| c.is_ascii_lowercase()) || !word.text.chars().all(small) {
            let what = format!(
                "`{}` is no tag; use small letters, digits and _, a letter first",
                word.text
            );
            return Err((word.column, what));
        }
        if word.text.len() > 60 {
            return Err((
                word.column,
                "a tag has at most 60 characters, it names tests; shorten it".to_owned(),
            ));
        }
        if tags.iter().any(|tag| tag == word.text) {
            return Err((
                word.column,
                format!("tag `{}` stands here twice; remove one", word.text),
            ));
        }
        tags.push(word.text.to_owned());
        let column = cursor.blanks().column;
        if cursor.rest().is_empty() {
            return Ok(tags);
        }
        if !cursor.eat(',') {
            return Err((
                column,
                "a comma is missing between tags; write tag(one, two)".to_owned(),
            ));
        }
    }
}

impl fmt::Display for Attributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<String> = Vec::new();
        parts.extend(self.ignore.iter().map(|why| format!("ignore(\"{why}\")")));
        parts.extend(self.fails.iter().map(|why| format!("fails(\"{why}\")")));
        if !self.tolerances.is_empty() {
            let all: Vec<String> = self.tolerances.iter().map(ToString::to_string).collect();
            parts.push(format!("tolerance({})", all.join(", ")));
        }
        if !self.tags.is_empty() {
            parts.push(format!("tag({})", self.tags.join(", ")));
        }
        parts.extend(self.observer.iter().map(|word| format!("observer({word})")));
        if !self.remedies.is_empty() {
            parts.push(format!("remedies({})", self.remedies.join(", ")));
        }
        f.write_str(&parts.join(" "))
    }
}

#[cfg(test)]
mod tests;
