//! Headers of NumPy files, as `numpy.lib.format` describes them: a magic number, a version, a length, and a Python
//! dictionary with the keys `descr`, `fortran_order` and `shape`.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

use std::io::{Error, ErrorKind, Read, Result};

/// Most bytes of a header; those of NumPy have some hundred.
const MAX_HEADER: u64 = 1 << 16;

/// What a header says.
#[derive(Debug)]
pub struct Header {
    /// The type as it is written there, `'<f4'` or the list of a record's fields.
    pub descr: String,
    /// Whether the first axis varies fastest.
    pub fortran_order: bool,
    /// Dimensions.
    pub shape: Vec<usize>,
    /// Where the elements begin, in bytes.
    pub start: u64,
}

/// Reads the header at the start of `file`. What it says of its own length is not believed.
///
/// # Errors
/// `file` cannot be read, or does not begin with such a header (`InvalidData`, with what is wrong).
pub fn header(file: impl Read) -> Result<Header> {
    let mut bytes = Vec::new();
    file.take(MAX_HEADER).read_to_end(&mut bytes)?;
    let wrong = |what: String| Error::new(ErrorKind::InvalidData, what);
    let (text, start) = dictionary(&bytes).map_err(wrong)?;
    let words = parse(text).ok_or_else(|| {
        wrong("it is no dictionary of the keys 'descr', 'fortran_order' and 'shape'".to_owned())
    })?;
    let (Some(descr), Some(fortran_order), Some(shape)) = words else {
        return Err(wrong("it lacks a key".to_owned()));
    };
    Ok(Header {
        descr: descr.to_owned(),
        fortran_order,
        shape,
        start,
    })
}

/// The text behind magic number, version and length, and where it ends.
fn dictionary(bytes: &[u8]) -> std::result::Result<(&str, u64), String> {
    let rest = bytes
        .strip_prefix(b"\x93NUMPY")
        .ok_or("it does not begin with \\x93NUMPY")?;
    let (version, rest) = rest.split_at_checked(2).ok_or("the file ends in it")?;
    // Behind the version stands the length of the text: two bytes in version 1, four in later ones.
    let size = match version {
        [1, _] => 2,
        [2 | 3, _] => 4,
        _ => return Err("its version is not 1, 2 or 3".to_owned()),
    };
    let (length, text) = rest.split_at_checked(size).ok_or("the file ends in it")?;
    let digits = length.iter().rev();
    let length = digits.fold(0usize, |number, byte| number << 8 | usize::from(*byte));
    let (text, behind) = text
        .split_at_checked(length)
        .ok_or_else(|| format!("it claims {length} bytes"))?;
    let text = str::from_utf8(text).map_err(|error| error.to_string())?;
    let start = bytes.len().saturating_sub(behind.len());
    Ok((text, u64::try_from(start).unwrap_or(u64::MAX)))
}

type Words<'a> = (Option<&'a str>, Option<bool>, Option<Vec<usize>>);

/// The values of a dictionary of the three keys, in any order.
fn parse(text: &str) -> Option<Words<'_>> {
    let mut rest = text.trim().strip_prefix('{')?.strip_suffix('}')?.trim();
    let mut words = Words::default();
    while !rest.is_empty() {
        let (key, behind) = quoted(rest)?;
        let value = behind.trim_start().strip_prefix(':')?.trim_start();
        let taken = match key {
            "descr" => descr(value)?,
            "fortran_order" => value.find([',', '}']).unwrap_or(value.len()),
            "shape" => value.find(')')?.checked_add(1)?,
            _ => return None,
        };
        let (value, behind) = value.split_at_checked(taken)?;
        match key {
            "descr" => words.0 = Some(value),
            "fortran_order" => {
                words.1 = Some(match value.trim_end() {
                    "True" => true,
                    "False" => false,
                    _ => return None,
                });
            }
            _ => words.2 = Some(shape(value)?),
        }
        rest = behind.trim_start();
        if let Some(behind) = rest.strip_prefix(',') {
            rest = behind.trim_start();
        } else if !rest.is_empty() {
            return None;
        }
    }
    Some(words)
}

/// The text between quotation marks at the start, and what stands behind them.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let mark = text.chars().next().filter(|mark| matches!(mark, '\'' | '"'))?;
    text.strip_prefix(mark)?.split_once(mark)
}

/// The bytes of a type: a quoted word, or the list of a record's fields up to the bracket that closes it.
fn descr(text: &str) -> Option<usize> {
    if let Some((_, behind)) = quoted(text) {
        return text.len().checked_sub(behind.len());
    }
    let mut depth = 0usize;
    for (at, letter) in text.char_indices() {
        match letter {
            '[' | '(' => depth = depth.checked_add(1)?,
            ']' | ')' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        if depth == 0 {
            return at.checked_add(1).filter(|_| at > 0);
        }
    }
    None
}

/// Sizes between brackets: `()`, `(5,)`, `(5, 7)`.
fn shape(text: &str) -> Option<Vec<usize>> {
    let inner = text.strip_prefix('(')?.strip_suffix(')')?.trim();
    let inner = inner.strip_suffix(',').unwrap_or(inner);
    if inner.is_empty() {
        return Some(Vec::new());
    }
    inner.split(',').map(|size| size.trim().parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of a version, with a header and four bytes behind it.
    fn file(version: u8, text: &str) -> Vec<u8> {
        let length = u32::try_from(text.len()).unwrap().to_le_bytes();
        let length = if version == 1 { &length[..2] } else { &length[..] };
        [
            b"\x93NUMPY",
            &[version, 0][..],
            length,
            text.as_bytes(),
            &[1, 2, 3, 4],
        ]
        .concat()
    }

    #[test]
    fn what_numpy_writes_is_read() {
        let record = "[('a', '<f4'), ('b', '<i4', (2,))]";
        for (text, descr, fortran_order, shape) in [
            (
                "{'descr': '<f4', 'fortran_order': False, 'shape': (5, 7), }   \n",
                "'<f4'",
                false,
                &[5, 7][..],
            ),
            (
                "{'descr': '|u1', 'fortran_order': True, 'shape': (3,), }\n",
                "'|u1'",
                true,
                &[3],
            ),
            (
                r#"{"shape":(),"fortran_order":False,"descr":"<i8"}"#,
                r#""<i8""#,
                false,
                &[],
            ),
            (
                &format!("{{'descr': {record}, 'fortran_order': False, 'shape': (0, 1), }}"),
                record,
                false,
                &[0, 1],
            ),
        ] {
            for version in [1, 2, 3] {
                let bytes = file(version, text);
                let found = header(&*bytes).unwrap();
                let start = usize::try_from(found.start).unwrap();
                assert_eq!(bytes.get(start..), Some(&[1, 2, 3, 4][..]), "{text}");
                assert_eq!(
                    (found.descr.as_str(), found.fortran_order, &*found.shape),
                    (descr, fortran_order, shape),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn what_is_no_header_is_told() {
        let error = |bytes: &[u8]| header(bytes).unwrap_err().to_string();
        let good = file(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (5, 7), }");
        for length in 0..good.len() - 4 {
            error(&good[..length]);
        }
        assert_eq!(error(b"PK\x03\x04"), "it does not begin with \\x93NUMPY");
        assert_eq!(error(b"\x93NUMPY\x04\0\0\0"), "its version is not 1, 2 or 3");
        assert_eq!(
            error(b"\x93NUMPY\x02\0\xf0\xff\xff\xff{}"),
            "it claims 4294967280 bytes"
        );
        assert_eq!(
            error(&file(1, "{'descr': '<f4', 'fortran_order': False}")),
            "it lacks a key"
        );
        for text in [
            "",
            "{",
            "[]",
            "{'descr': '<f4, 'fortran_order': False, 'shape': (5, 7), }",
            "{'descr': <f4, 'fortran_order': False, 'shape': (5, 7), }",
            "{'descr': [('a', '<f4'), 'fortran_order': False, 'shape': 5, }",
            "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (5, 7), }",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (-5, 7), }",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (5 7), }",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }",
            "{'descr': '<f4' 'fortran_order': False, 'shape': (5, 7), }",
            "{'other': 1, 'descr': '<f4', 'fortran_order': False, 'shape': (5, 7), }",
        ] {
            assert!(error(&file(1, text)).starts_with("it is no dictionary"), "{text}");
        }
    }
}
