//! JSON objects as lists of keys with their raw text, so that a doubled key is an error and large values are
//! read where they stand.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

use std::collections::BTreeSet;
use std::fmt;

use serde::Deserializer as _;
use serde::de::{MapAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;

/// The keys of an object in their order, each with the text of its value.
///
/// # Errors
/// No JSON, no object, or a key that stands there twice.
pub fn object(text: &str) -> Result<Vec<(String, &RawValue)>, String> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let entries = reader.deserialize_map(Entries).map_err(|error| words(&error))?;
    reader.end().map_err(|error| words(&error))?;
    Ok(entries)
}

/// What is wrong with a text, for whoever wrote it.
fn words(error: &serde_json::Error) -> String {
    let place = format!("line {} column {}", error.line(), error.column());
    match error.classify() {
        Category::Eof => format!("it ends too early, at {place}; close what is open"),
        Category::Syntax => {
            format!(
                "it is no JSON at {place}; a comma, quote or bracket is missing there, or one is too many"
            )
        }
        Category::Data if error.to_string().starts_with("invalid type") => {
            "it is no JSON object; write `{ … }`".to_owned()
        }
        Category::Data | Category::Io => error.to_string(),
    }
}

struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = Vec<(String, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries: Self::Value = Vec::new();
        let mut keys = BTreeSet::new();
        while let Some((key, value)) = map.next_entry::<String, &RawValue>()? {
            if !keys.insert(key.clone()) {
                return Err(serde::de::Error::custom(format!(
                    "key `{key}` stands there twice"
                )));
            }
            entries.push((key, value));
        }
        Ok(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_and_errors() {
        let entries = object(r#" {"b": [1, 2], "a": {"c": 3}} "#).unwrap();
        let shown: Vec<_> = entries
            .iter()
            .map(|(key, value)| (key.as_str(), value.get()))
            .collect();
        assert_eq!(shown, [("b", "[1, 2]"), ("a", r#"{"c": 3}"#)]);
        for (text, wanted) in [
            (
                r#"{"a": 1, "a": 2}"#,
                "key `a` stands there twice at line 1 column",
            ),
            ("[1]", "it is no JSON object"),
            ("{} x", "it is no JSON at line 1 column 4; a comma"),
            ("{\n\"a\": 1,\n}", "it is no JSON at line 3 column 1; a comma"),
            (
                "{\"a\": 1",
                "it ends too early, at line 1 column 7; close what is open",
            ),
            ("", "it ends too early, at line 1 column 0"),
        ] {
            let error = object(text).unwrap_err();
            assert!(error.contains(wanted), "{text}: {error}");
        }
    }
}
