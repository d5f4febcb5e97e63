//! What a package may declare as a word: it names modules and folders, and has a type that stands for it.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

use super::Words;
use crate::names::KEYWORDS;
use crate::{Device, Granularity, Method, QuantType, Stage};

/// Characters of a word.
const LONGEST: usize = 60;

impl Words {
    #[track_caller]
    pub(super) fn declare(&mut self, word: &'static str, axis: &str) {
        if let Err(what) = self.check(word) {
            self.error(&format!("{axis} `{word}`: {what}"));
        }
    }

    fn check(&self, word: &str) -> Result<(), String> {
        let first = word.starts_with(|c: char| c.is_ascii_lowercase());
        let rest = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if !first || !word.chars().all(rest) || word.ends_with('_') || word.contains("__") {
            return Err(
                "this is no word; use small letters, digits and single _ between, a letter first".to_owned(),
            );
        }
        if word.len() > LONGEST {
            return Err(format!(
                "a word has at most {LONGEST} characters, it names modules; shorten it"
            ));
        }
        if KEYWORDS.contains(&word) {
            return Err("Rust keeps this word for itself; use another".to_owned());
        }
        let same = |other: &str| marker(other) == marker(word);
        if taken().any(same) {
            return Err("this word has a meaning already; use another".to_owned());
        }
        match self.axes().into_iter().flatten().find(|other| same(other)) {
            Some(other) => Err(format!(
                "its marker is that of `{other}`, which is declared already; use another word"
            )),
            None => Ok(()),
        }
    }
}

/// Words that have a marker already.
fn taken() -> impl Iterator<Item = &'static str> {
    let stages = Stage::ALL.iter().map(|stage| stage.word());
    let granularities = Granularity::ALL.iter().map(|word| word.word());
    let types = QuantType::ALL.iter().map(|word| word.word());
    let devices = Device::ALL.iter().map(|word| word.word());
    let methods = Method::ALL.iter().map(|word| word.word());
    stages
        .chain(granularities)
        .chain(types)
        .chain(devices)
        .chain(methods)
}

/// The name of the type that stands for a word: `fake_quantization` to `FakeQuantization`.
fn marker(word: &str) -> String {
    let part = |part: &str| {
        let mut chars = part.chars();
        let first = chars.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(chars).collect::<String>()
    };
    word.split('_').map(part).collect()
}
