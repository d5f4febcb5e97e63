//! `tf.train.Example`: features by name, each a list of bytes, floats or integers.
//!
//! The protobuf messages are few: an Example has Features (1), these a map from a name (1) to a Feature (2), and that is one
//! of `BytesList` (1), `FloatList` (2) and `Int64List` (3), whose values (1) stand one by one or packed.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::wire::{Message, Wire};

/// The values of a feature.
#[derive(Clone, Debug, PartialEq)]
pub enum Feature<'a> {
    /// Strings of bytes.
    Bytes(Vec<&'a [u8]>),
    /// Floats.
    Floats(Vec<f32>),
    /// Integers.
    Ints(Vec<i64>),
}

impl Feature<'_> {
    /// How many values there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Bytes(values) => values.len(),
            Self::Floats(values) => values.len(),
            Self::Ints(values) => values.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The type as `tf.io.FixedLenFeature` calls it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Bytes(_) => "bytes_list",
            Self::Floats(_) => "float_list",
            Self::Ints(_) => "int64_list",
        }
    }
}

/// A record's features, by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Example<'a>(pub BTreeMap<&'a str, Feature<'a>>);

impl<'a> Example<'a> {
    /// The features of a record's bytes. A name that comes twice counts once, the last time, as in every protobuf map.
    ///
    /// # Errors
    /// The bytes are no such message.
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        parse(bytes).ok_or_else(|| {
            Error::invalid(
                "it is no tf.train.Example",
                "write records with tf.train.Example, fields by name",
            )
        })
    }

    /// The feature of that name.
    ///
    /// # Errors
    /// There is none; the error names those that there are.
    pub fn get(&self, name: &str) -> Result<&Feature<'a>> {
        self.0.get(name).ok_or_else(|| {
            let names: Vec<String> = self.0.keys().take(20).map(|name| format!("`{name}`")).collect();
            let hint = if names.is_empty() {
                "write tf.train.Example with fields".to_owned()
            } else {
                format!("its fields are {}", names.join(", "))
            };
            Error::invalid(format!("there is no field `{name}`"), hint)
        })
    }

    /// The single string of bytes of that name.
    ///
    /// # Errors
    /// There is none, or no single one.
    pub fn bytes(&self, name: &str) -> Result<&'a [u8]> {
        match self.get(name)? {
            Feature::Bytes(values) if values.len() == 1 => Ok(values.first().copied().unwrap_or_default()),
            other => Err(single(name, other, "bytes_list")),
        }
    }

    /// The single integer of that name.
    ///
    /// # Errors
    /// There is none, or no single one.
    pub fn int(&self, name: &str) -> Result<i64> {
        match self.get(name)? {
            Feature::Ints(values) if values.len() == 1 => Ok(values.first().copied().unwrap_or_default()),
            other => Err(single(name, other, "int64_list")),
        }
    }
}

fn single(name: &str, found: &Feature<'_>, wanted: &str) -> Error {
    let what = format!("field `{name}` is a {} of {} values", found.word(), found.len());
    Error::invalid(what, format!("a {wanted} of 1 value is taken here"))
}

fn parse(bytes: &[u8]) -> Option<Example<'_>> {
    let mut example = Example::default();
    for field in Message(bytes) {
        let (1, Wire::Bytes(features)) = field? else {
            continue;
        };
        for field in Message(features) {
            let (1, Wire::Bytes(entry)) = field? else { continue };
            let (mut name, mut value) = ("", Feature::Bytes(Vec::new()));
            for field in Message(entry) {
                match field? {
                    (1, Wire::Bytes(bytes)) => name = str::from_utf8(bytes).ok()?,
                    (2, Wire::Bytes(bytes)) => value = feature(bytes)?,
                    _ => {}
                }
            }
            example.0.insert(name, value);
        }
    }
    Some(example)
}

fn feature(bytes: &[u8]) -> Option<Feature<'_>> {
    let mut found = Feature::Bytes(Vec::new());
    for field in Message(bytes) {
        let (number, Wire::Bytes(list)) = field? else {
            continue;
        };
        let list = Message(list);
        found = match number {
            1 => Feature::Bytes(strings(list)?),
            2 => Feature::Floats(floats(list)?),
            3 => Feature::Ints(ints(list)?),
            _ => continue,
        };
    }
    Some(found)
}

fn strings(list: Message<'_>) -> Option<Vec<&[u8]>> {
    let mut values = Vec::new();
    for field in list {
        if let (1, Wire::Bytes(bytes)) = field? {
            values.push(bytes);
        }
    }
    Some(values)
}

fn floats(list: Message<'_>) -> Option<Vec<f32>> {
    let mut values = Vec::new();
    for field in list {
        match field? {
            (1, Wire::Bytes(packed)) => {
                let (packed, rest) = packed.as_chunks();
                rest.is_empty().then_some(())?;
                values.extend(packed.iter().map(|bytes| f32::from_le_bytes(*bytes)));
            }
            (1, Wire::Fixed32(bytes)) => values.push(f32::from_le_bytes(bytes)),
            _ => {}
        }
    }
    Some(values)
}

fn ints(list: Message<'_>) -> Option<Vec<i64>> {
    let mut values = Vec::new();
    for field in list {
        match field? {
            (1, Wire::Bytes(packed)) => {
                let mut packed = Message(packed);
                while !packed.is_empty() {
                    values.push(packed.varint()?.cast_signed());
                }
            }
            (1, Wire::Varint(value)) => values.push(value.cast_signed()),
            _ => {}
        }
    }
    Some(values)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::as_conversions)]

    use super::*;

    /// A field of bytes, short enough for a length of one byte.
    fn nest(number: u8, parts: &[&[u8]]) -> Vec<u8> {
        let bytes = parts.concat();
        let mut field = vec![number << 3 | 2, u8::try_from(bytes.len()).unwrap()];
        field.extend(bytes);
        field
    }

    fn entry(name: &str, kind: u8, list: &[u8]) -> Vec<u8> {
        nest(
            1,
            &[&nest(1, &[name.as_bytes()]), &nest(2, &[&nest(kind, &[list])])],
        )
    }

    #[test]
    fn features_by_name() {
        let floats = [1.5_f32.to_le_bytes(), (-2.0_f32).to_le_bytes()].concat();
        let one_by_one = [&[0x0d], &floats[..4], &[0x0d], &floats[4..]].concat();
        let bytes = nest(
            1,
            &[
                &entry("label", 3, &nest(1, &[&[0x96, 0x01]])),
                &entry("unpacked", 3, &[0x08, 1, 0x08, 2]),
                &entry("x", 2, &nest(1, &[&floats])),
                &entry("y", 2, &one_by_one),
                &entry("image", 1, &nest(1, &[b"jpeg"])),
                &entry("label", 3, &nest(1, &[&[0xff; 9], &[1]])),
            ],
        );
        let example = Example::parse(&bytes).unwrap();
        assert_eq!(example.int("label").unwrap(), -1, "the last one counts");
        assert_eq!(example.bytes("image").unwrap(), b"jpeg");
        assert_eq!(example.0["unpacked"], Feature::Ints(vec![1, 2]));
        assert_eq!(example.0["x"], Feature::Floats(vec![1.5, -2.0]));
        assert_eq!(example.0["y"], example.0["x"]);
        let error = example.int("x").unwrap_err().to_string();
        assert_eq!(
            error,
            "field `x` is a float_list of 2 values; a int64_list of 1 value is taken here"
        );
        let error = example.get("z").unwrap_err().to_string();
        assert!(
            error.contains("no field `z`") && error.contains("`unpacked`"),
            "{error}"
        );
        for cut in 1..bytes.len() {
            assert!(Example::parse(&bytes[..cut]).is_err(), "{cut}");
        }
        assert!(Example::parse(&[]).unwrap().0.is_empty());
        // A group, a field of number 0, a varint without an end.
        for wrong in [&[0x0b][..], &[0x02, 0], &[0x08, 0xff], &[0xff; 11]] {
            assert!(Example::parse(wrong).is_err());
        }
    }
}
