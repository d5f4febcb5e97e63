//! Statistics to JSON: floats in the fewest digits that read back to the same f32.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::ranges::{Entry, Statistics};

pub fn list(statistics: &Statistics) -> String {
    let rows = statistics.entries.iter().map(|entry| {
        let Entry {
            index,
            name,
            min,
            max,
        } = entry;
        format!(
            "[{}, {}, {min:?}, {max:?}]",
            index.unwrap_or_default(),
            quoted(name)
        )
    });
    lines('[', rows, ']')
}

/// A name that several tensors have is written once, with the first one's range.
pub fn object(statistics: &Statistics) -> String {
    let mut seen = BTreeSet::new();
    let entries = statistics
        .entries
        .iter()
        .filter(|entry| seen.insert(entry.name.as_str()));
    let rows = entries.map(|entry| {
        let Entry { name, min, max, .. } = entry;
        format!("{}: {{\"min\": [{min:?}], \"max\": [{max:?}]}}", quoted(name))
    });
    lines('{', rows, '}')
}

fn lines(open: char, rows: impl Iterator<Item = String>, close: char) -> String {
    let mut text = String::from(open);
    for (number, row) in rows.enumerate() {
        let comma = if number > 0 { "," } else { "" };
        let _ = write!(text, "{comma}\n{row}");
    }
    text.push('\n');
    text.push(close);
    text.push('\n');
    text
}

fn quoted(name: &str) -> String {
    serde_json::Value::from(name).to_string()
}
