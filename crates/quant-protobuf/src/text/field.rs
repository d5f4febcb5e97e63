//! A field of a text, and what its words mean.

use std::borrow::Cow;
use std::fmt;

use quant_ir::{Error, Place, Problem, Result};

/// A place in a text, counted from 1; a column is a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

impl From<Position> for Place {
    fn from(position: Position) -> Self {
        position.to_string().into()
    }
}

/// A field.
#[derive(Clone, Debug, PartialEq)]
pub struct Field<'a> {
    /// Its name; that of an extension in brackets.
    pub name: &'a str,
    /// What it holds.
    pub value: Value<'a>,
    /// Where its name stands.
    pub position: Position,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// A number, word or string.
    Scalar(Scalar<'a>),
    /// A message.
    Message(Vec<Field<'a>>),
}

/// A number, word or string.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar<'a> {
    /// A number or bare word, with its sign.
    Word(Cow<'a, str>),
    /// A string: its bytes, without quotes and escapes.
    Bytes(Cow<'a, [u8]>),
}

impl<'a> Field<'a> {
    /// The number, word or string that it holds.
    ///
    /// # Errors
    /// It holds a message.
    pub fn scalar(&self) -> Result<&Scalar<'a>> {
        match &self.value {
            Value::Scalar(scalar) => Ok(scalar),
            Value::Message(_) => Err(self.error("is a message, not a value", "write `name: value`")),
        }
    }

    /// The message that it holds.
    ///
    /// # Errors
    /// It holds a number, word or string.
    pub fn message(&self) -> Result<&[Self]> {
        match &self.value {
            Value::Message(fields) => Ok(fields),
            Value::Scalar(_) => Err(self.error("is a value, not a message", "write `name { … }`")),
        }
    }

    /// An error at this field: `` `name` `what` ``.
    pub fn error(&self, what: &str, hint: impl Into<String>) -> Error {
        let what = format!("`{}` {what}", self.name);
        Error::new(self.position, Problem::Parse(what), hint)
    }
}

impl Scalar<'_> {
    /// The bare word; `None` for a string.
    pub fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            Self::Bytes(_) => None,
        }
    }

    /// The bytes of a string.
    pub fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            Self::Word(_) => None,
        }
    }

    /// A string that is UTF-8.
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    /// An integer with a sign: decimal, `0x…` or, behind a 0, octal.
    pub fn int(&self) -> Option<i64> {
        let word = self.word()?;
        let (sign, digits) = match word.strip_prefix('-') {
            Some(digits) => ("-", digits),
            None => ("", word),
        };
        let (digits, radix) = radix(digits)?;
        i64::from_str_radix(&format!("{sign}{digits}"), radix).ok()
    }

    /// An integer without a sign.
    pub fn uint(&self) -> Option<u64> {
        let (digits, radix) = radix(self.word()?)?;
        u64::from_str_radix(digits, radix).ok()
    }

    /// A float, rounded once to 32 bits.
    pub fn single(&self) -> Option<f32> {
        number(self.word()?)?.parse().ok()
    }

    /// A float of 64 bits.
    pub fn double(&self) -> Option<f64> {
        number(self.word()?)?.parse().ok()
    }

    /// A bool.
    pub fn bool(&self) -> Option<bool> {
        match self.word()? {
            "true" | "True" | "t" | "1" => Some(true),
            "false" | "False" | "f" | "0" => Some(false),
            _ => None,
        }
    }
}

/// Digits without the sign of their radix; `None` if no digit is first.
fn radix(digits: &str) -> Option<(&str, u32)> {
    let (digits, radix) = if let Some(hex) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        (hex, 16)
    } else if digits.len() > 1 && digits.starts_with('0') {
        (digits, 8)
    } else {
        (digits, 10)
    };
    let first = digits.chars().next()?;
    first.is_digit(radix).then_some((digits, radix))
}

/// A float as Rust parses it; `None` for what protobuf does not take.
fn number(word: &str) -> Option<&str> {
    let digits = word.strip_prefix('-').unwrap_or(word);
    let lower = digits.to_ascii_lowercase();
    if matches!(lower.as_str(), "inf" | "infinity" | "nan") {
        return Some(word);
    }
    let first = digits.chars().next()?;
    // A number may say that it is a float.
    (first.is_ascii_digit() || first == '.').then(|| word.strip_suffix(['f', 'F']).unwrap_or(word))
}
