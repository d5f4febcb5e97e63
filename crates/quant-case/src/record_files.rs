//! The files of records: `0.txt`, `1.txt`, …, or `0.npy` of a model with one graph input, `0.0.npy`, `0.1.npy`, … of
//! one with several.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::limits::MAX_TEXT_BYTES;
use crate::npy;
use crate::recipe::Recipe;
use crate::{records, text_file};

/// The files of a folder that are records, by number; what else lies there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files {
    records: BTreeMap<u32, Vec<Part>>,
}

/// A file of a record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Part {
    /// The number of the graph input; `None` for the only one, and for text.
    input: Option<u32>,
    /// Whether it is a NumPy file.
    is_npy: bool,
    path: PathBuf,
}

impl Files {
    /// Looks into a folder.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn find(folder: &Path) -> io::Result<Self> {
        let mut found = Self::default();
        for entry in fs::read_dir(folder)?.flatten() {
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            if let Some((number, input, is_npy)) = named(&name) {
                let path = entry.path();
                found
                    .records
                    .entry(number)
                    .or_default()
                    .push(Part { input, is_npy, path });
            }
        }
        found.records.values_mut().for_each(|parts| parts.sort());
        Ok(found)
    }

    /// Every file.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.records.values().flatten().map(|part| part.path.as_path())
    }

    /// Whether any record is a NumPy file.
    pub fn has_npy(&self) -> bool {
        self.records.values().flatten().any(|part| part.is_npy)
    }

    /// The number of the first record that is missing: one behind which others stand, or the first of all.
    pub fn gap(&self) -> Option<u32> {
        let gap = (0..)
            .zip(self.records.keys())
            .find(|(wanted, found)| wanted != *found);
        gap.map(|(wanted, _)| wanted)
            .or(self.records.is_empty().then_some(0))
    }

    /// The texts of the records, in order, each a line for each graph input, or what is wrong with it. Without a
    /// recipe, only whether they can be read is looked at; of text itself, only when it is to be `checked`.
    pub fn texts<'a>(
        &'a self,
        recipe: Option<&'a Recipe>,
        checked: bool,
    ) -> impl Iterator<Item = Result<String, (PathBuf, String)>> + 'a {
        self.records
            .values()
            .map(move |parts| text(parts, recipe, checked))
    }
}

/// The number of a record, and of the graph input, as a file's name says them.
fn named(name: &str) -> Option<(u32, Option<u32>, bool)> {
    let (stem, is_npy) = match name.strip_suffix(".txt") {
        Some(stem) => (stem, false),
        None => (name.strip_suffix(".npy")?, true),
    };
    let number = |text: &str| {
        text.parse()
            .ok()
            .filter(|number: &u32| number.to_string() == text)
    };
    match stem.split_once('.') {
        Some((record, input)) if is_npy => Some((number(record)?, Some(number(input)?), true)),
        Some(_) => None,
        None => Some((number(stem)?, None, is_npy)),
    }
}

fn text(parts: &[Part], recipe: Option<&Recipe>, checked: bool) -> Result<String, (PathBuf, String)> {
    let first = parts.first().map(|part| part.path.clone()).unwrap_or_default();
    let is_text = |part: &Part| !part.is_npy;
    match parts {
        [part] if is_text(part) => {
            let at = |what: String| (part.path.clone(), what);
            let text = text_file::read(&part.path).map_err(|error| at(format!("{error}; check the file")))?;
            if let Some(recipe) = recipe.filter(|_| checked) {
                records::check(recipe, &text).map_err(at)?;
            }
            Ok(text)
        }
        parts if parts.iter().any(is_text) => {
            Err((first, "this record is text and NumPy's; keep one".to_owned()))
        }
        parts => arrays(parts, recipe),
    }
}

/// A record of NumPy files as text.
fn arrays(parts: &[Part], recipe: Option<&Recipe>) -> Result<String, (PathBuf, String)> {
    let first = parts.first().map(|part| part.path.clone()).unwrap_or_default();
    let wanted = recipe.map_or(parts.len(), |recipe| recipe.inputs.len());
    let single = parts.first().is_some_and(|part| part.input.is_none());
    let in_order = (0..).zip(parts).all(|(number, part)| part.input == Some(number));
    if parts.len() != wanted || (parts.len() > 1 && !in_order) || (wanted == 1 && !single) {
        let form = match wanted {
            1 => "N.npy for the one graph input".to_owned(),
            _ => format!(
                "N.0.npy … N.{}.npy, one for each graph input",
                wanted.saturating_sub(1)
            ),
        };
        let what = format!("this is no record of the model; write {form}");
        return Err((first, what));
    }
    let mut text = String::new();
    for (index, part) in parts.iter().enumerate() {
        let at = |what: String| (part.path.clone(), what);
        let bytes = File::open(&part.path).and_then(|file| text_file::bytes(file, MAX_TEXT_BYTES));
        let bytes = bytes.map_err(|error| at(format!("{error}; check the file")))?;
        let array = npy::read(&bytes).map_err(at)?;
        let input = recipe.and_then(|recipe| recipe.operand(recipe.inputs.get(index)?));
        if let Some(input) = input {
            let same = array.shape.len() == input.shape.len()
                && array
                    .shape
                    .iter()
                    .zip(&input.shape)
                    .all(|(found, dim)| usize::try_from(*dim) == Ok(*found));
            if !same {
                return Err(at(format!(
                    "the array's shape is {:?}, input `{}` has {:?}; reshape the array",
                    array.shape, input.name, input.shape
                )));
            }
        }
        text += &array.text;
        text.push('\n');
    }
    match recipe.map(|recipe| records::check(recipe, &text)) {
        Some(Err(what)) => Err((
            first,
            what.replace("write plain decimals", "convert the array with astype"),
        )),
        _ => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_records() {
        for (name, wanted) in [
            ("0.txt", Some((0, None, false))),
            ("10.npy", Some((10, None, true))),
            ("1.2.npy", Some((1, Some(2), true))),
            ("1.2.txt", None),
            ("00.txt", None),
            ("x.npy", None),
            (".npy", None),
            ("0", None),
        ] {
            assert_eq!(named(name), wanted, "{name}");
        }
    }
}
