//! Fields of a message by their names.

use std::str::FromStr;

use crate::textproto::{Field, TextError, Value};

type Result<T> = std::result::Result<T, TextError>;

/// The fields of a message.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a>(pub &'a [Field]);

impl<'a> Fields<'a> {
    /// Those of a field that is a message.
    pub fn of(field: &'a Field) -> Result<Self> {
        match &field.value {
            Value::Message(fields) => Ok(Self(fields)),
            _ => Err(wrong(field, "is no message; write `{ … }` behind it")),
        }
    }

    /// All fields of a name.
    pub fn all(self, name: &'a str) -> impl Iterator<Item = &'a Field> {
        self.0.iter().filter(move |field| field.name == name)
    }

    /// The last field of a name.
    pub fn field(self, name: &'a str) -> Option<&'a Field> {
        self.0.iter().rev().find(|field| field.name == name)
    }

    /// The message of a name.
    pub fn message(self, name: &'a str) -> Result<Option<Self>> {
        self.field(name).map(Self::of).transpose()
    }

    /// A text; an empty one where there is none.
    pub fn text(self, name: &'a str) -> Result<&'a str> {
        self.field(name).map_or(Ok(""), text)
    }

    /// All texts of a name.
    pub fn texts(self, name: &'a str) -> Result<Vec<String>> {
        self.all(name)
            .map(|field| text(field).map(str::to_owned))
            .collect()
    }

    /// A number.
    pub fn number<T: FromStr>(self, name: &'a str) -> Result<Option<T>> {
        self.field(name).map(number).transpose()
    }

    /// All numbers of a name.
    pub fn numbers<T: FromStr>(self, name: &'a str) -> Result<Vec<T>> {
        self.all(name).map(number).collect()
    }
}

/// What a field is not.
pub(super) fn wrong(field: &Field, what: &str) -> TextError {
    TextError::new(field.pos, format!("`{}` {what}", field.name))
}

fn text(field: &Field) -> Result<&str> {
    match &field.value {
        Value::Text(text) => Ok(text),
        _ => Err(wrong(field, "is no text in quotes")),
    }
}

fn number<T: FromStr>(field: &Field) -> Result<T> {
    match &field.value {
        Value::Word(word) => word.parse().map_err(|_| wrong(field, "is no such number")),
        _ => Err(wrong(field, "is no number")),
    }
}
