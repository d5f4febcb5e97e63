//! Statistics from JSON. Errors say which entry, or where in the text.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

use std::collections::BTreeSet;

use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::limits::{MAX_RANK, MAX_TENSORS, at_most};
use quant_types::json;
use serde_json::value::RawValue;

use super::ranges::{Entry, Statistics};

/// Entries of a file: one for each tensor that a model may have.
pub const MAX_STATISTICS: usize = MAX_TENSORS;

/// Reads the list or the object.
pub fn statistics(text: &str) -> Result<Statistics> {
    let entries = match text.trim_start().chars().next() {
        Some('{') => object(text)?,
        Some('[') => list(text)?,
        _ => {
            return Err(wrong(
                "statistics",
                "they are neither a list nor an object",
                "give `[[index, \"name\", min, max], …]` or `{\"name\": {\"min\": [..], \"max\": [..]}, …}`",
            ));
        }
    };
    at_most(MAX_STATISTICS, entries.len(), "statistics", "entries")?;
    Ok(Statistics { entries })
}

fn list(text: &str) -> Result<Vec<Entry>> {
    let rows: Vec<&RawValue> = serde_json::from_str(text).map_err(|error| no_json(text, &error))?;
    at_most(MAX_STATISTICS, rows.len(), "statistics", "entries")?;
    let mut seen = BTreeSet::new();
    let mut entries = Vec::with_capacity(rows.len());
    for (number, row) in rows.into_iter().enumerate() {
        let place = Place::number("entry", number);
        let parsed: (u32, String, &RawValue, &RawValue) = serde_json::from_str(row.get())
            .map_err(|_| wrong(&place, "it is no [index, \"name\", min, max]", "write these four"))?;
        let (index, name, min, max) = parsed;
        if !seen.insert(index) {
            let what = format!("tensor {index} stands there twice");
            return Err(wrong(&place, what, "give each tensor one range"));
        }
        let index = usize::try_from(index).ok();
        entries.push(entry(
            index,
            name,
            self::number(&place, min)?,
            self::number(&place, max)?,
        )?);
    }
    Ok(entries)
}

fn object(text: &str) -> Result<Vec<Entry>> {
    // First the place of what is no JSON; then the keys, of which none may stand there twice.
    let _: &RawValue = serde_json::from_str(text).map_err(|error| no_json(text, &error))?;
    let mut entries = Vec::new();
    for (name, value) in json::object(text).map_err(|what| wrong("statistics", what, HINT))? {
        let place = Place::named("entry", &name);
        let (mut min, mut max) = (None, None);
        for (key, value) in json::object(value.get()).map_err(|what| wrong(&place, what, HINT))? {
            let slot = match key.as_str() {
                "min" => &mut min,
                "max" => &mut max,
                _ => return Err(wrong(&place, format!("unknown key `{key}`"), HINT)),
            };
            *slot = Some(one(&place, value)?);
        }
        let (Some(min), Some(max)) = (min, max) else {
            return Err(wrong(&place, "`min` or `max` is missing", HINT));
        };
        entries.push(entry(None, name, min, max)?);
    }
    Ok(entries)
}

const HINT: &str = "write `\"name\": {\"min\": [number], \"max\": [number]}`";

/// The number of a list of one, which may stand in lists of one, as arrays are printed.
fn one(place: &Place, value: &RawValue) -> Result<f32> {
    let mut value = value;
    for _ in 0..=MAX_RANK {
        let list: Vec<&RawValue> = match serde_json::from_str(value.get()) {
            Ok(list) => list,
            Err(_) => break,
        };
        let &[only] = list.as_slice() else {
            let what = format!("it has a list of {} numbers", list.len());
            return Err(wrong(
                place,
                what,
                "give an activation one minimum and one maximum",
            ));
        };
        value = only;
    }
    number(place, value)
}

fn number(place: &Place, value: &RawValue) -> Result<f32> {
    let text = value.get();
    match text.parse::<f32>() {
        Ok(number) if number.is_finite() => Ok(number),
        Ok(_) => Err(wrong(
            place,
            format!("{text} is beyond f32"),
            "give finite numbers",
        )),
        Err(_) => Err(wrong(
            place,
            format!("`{}` is no number", short(text)),
            "give finite numbers",
        )),
    }
}

fn entry(index: Option<usize>, name: String, min: f32, max: f32) -> Result<Entry> {
    if min > max {
        let place = Place::tensor("statistics of", name);
        return Err(Error::new(
            place,
            Problem::BadRange { min, max },
            "record the model again",
        ));
    }
    Ok(Entry {
        index,
        name,
        min,
        max,
    })
}

/// What is wrong with a text that is no JSON, and where.
fn no_json(text: &str, error: &serde_json::Error) -> Error {
    let (line, column) = (error.line(), error.column());
    let rest = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    // Python writes what is not finite as words; the column is that of their first letter, or behind it.
    let from = column.saturating_sub(2);
    let near: String = rest.chars().skip(from).take(10).collect();
    let word = ["NaN", "Infinity"].into_iter().find(|word| near.contains(word));
    let place = format!("line {line} column {column}");
    match word {
        Some(word) => wrong(
            "statistics",
            format!("{word} at {place} is no range"),
            "leave out tensors without finite values, and check the data",
        ),
        None if error.is_eof() => wrong(
            "statistics",
            format!("they end too early, at {place}"),
            "close what is open",
        ),
        None => wrong(
            "statistics",
            format!("they are no JSON at {place}"),
            "a comma, quote or bracket is missing there, or one is too many",
        ),
    }
}

fn short(text: &str) -> String {
    let cut: String = text.chars().take(40).collect();
    if cut.len() < text.len() { cut + "…" } else { cut }
}

fn wrong(place: impl Into<Place>, what: impl Into<String>, hint: impl Into<String>) -> Error {
    Error::new(place, Problem::Parse(what.into()), hint)
}
