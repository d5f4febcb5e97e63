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
use serde_json::value::RawValue;

/// The keys of an object in their order, each with the text of its value.
///
/// # Errors
/// No JSON, no object, or a key that stands there twice.
pub fn object(text: &str) -> Result<Vec<(String, &RawValue)>, String> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let entries = reader
        .deserialize_map(Entries)
        .map_err(|error| error.to_string())?;
    reader.end().map_err(|error| error.to_string())?;
    Ok(entries)
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
            ("[1]", "expected an object"),
            ("{} x", "trailing characters at line 1 column 4"),
            ("", "EOF while parsing a value at line 1 column 0"),
        ] {
            let error = object(text).unwrap_err();
            assert!(error.contains(wanted), "{text}: {error}");
        }
    }
}
