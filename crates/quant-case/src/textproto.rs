//! Protobuf text format, with the place of every name and value.
//!
//! Reading into descriptors (as libraries do) drops positions once the text is parsed; errors such as a
//! wrong number of filler values need them, so this reader keeps a tree of fields with their places.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

use std::fmt;
use std::str::Chars;

use crate::limits::MAX_MESSAGE_DEPTH;

/// A place in a text file, both counted from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pos {
    /// Line.
    pub line: u32,
    /// Column, in characters.
    pub column: u32,
}
/// A field: `name: value` or `name { … }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The field's name.
    pub name: String,
    /// Where the name stands.
    pub pos: Pos,
    /// What it holds.
    pub value: Value,
    /// Where the value begins.
    pub value_pos: Pos,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number, identifier or enumerator, as written.
    Word(String),
    /// A quoted string, unescaped.
    Text(String),
    /// A message.
    Message(Vec<Field>),
}

/// An error with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextError {
    /// Where.
    pub pos: Pos,
    /// What is wrong, and the way out.
    pub what: String,
    /// Whether the text may be right, and asks for what this program does not know or reaches a limit of it.
    pub unsupported: bool,
}

impl TextError {
    /// An error at `pos`.
    pub fn new(pos: Pos, what: impl Into<String>) -> Self {
        Self {
            pos,
            what: what.into(),
            unsupported: false,
        }
    }

    /// What stands at `pos` is not known here, or more than is read.
    pub fn unsupported(pos: Pos, what: impl Into<String>) -> Self {
        Self {
            unsupported: true,
            ..Self::new(pos, what)
        }
    }
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.pos.line, self.pos.column, self.what)
    }
}

impl std::error::Error for TextError {}

/// Parses the fields of a message.
///
/// # Errors
/// The first place that is not text format.
pub fn parse(text: &str) -> Result<Vec<Field>, TextError> {
    let mut parser = Parser {
        rest: text.chars(),
        pos: Pos { line: 1, column: 1 },
    };
    parser.fields(0)
}

struct Parser<'a> {
    rest: Chars<'a>,
    pos: Pos,
}

impl Parser<'_> {
    /// Fields up to the closing brace (inside a message) or the end (outside).
    fn fields(&mut self, depth: u32) -> Result<Vec<Field>, TextError> {
        if depth > MAX_MESSAGE_DEPTH {
            let what = format!("messages are nested deeper than {MAX_MESSAGE_DEPTH}");
            return Err(TextError::unsupported(self.pos, what));
        }
        let mut fields = Vec::new();
        loop {
            self.skip_space();
            match self.peek() {
                None if depth == 0 => return Ok(fields),
                None => return Err(self.error("the text ends inside a message; close it with `}`")),
                Some('}') if depth > 0 => {
                    self.next();
                    return Ok(fields);
                }
                Some(',' | ';') => {
                    self.next();
                }
                Some(_) => self.field(depth, &mut fields)?,
            }
        }
    }

    fn field(&mut self, depth: u32, fields: &mut Vec<Field>) -> Result<(), TextError> {
        let pos = self.pos;
        let name = self.word();
        if name.is_empty() {
            let found = self.peek().unwrap_or(' ');
            // What nobody sees (a mark of the byte order, a NUL) is written out.
            let shown = if found == '\'' {
                found.to_string()
            } else {
                found.escape_debug().to_string()
            };
            return Err(self.error(format!("`{shown}` stands where a field name should")));
        }
        self.skip_space();
        let colon = self.eat(':');
        self.skip_space();
        if colon && self.eat('[') {
            return self.list(depth, &name, pos, fields);
        }
        let value_pos = self.pos;
        let value = self.value(depth, colon, &name)?;
        fields.push(Field {
            name,
            pos,
            value,
            value_pos,
        });
        Ok(())
    }

    fn list(&mut self, depth: u32, name: &str, pos: Pos, fields: &mut Vec<Field>) -> Result<(), TextError> {
        loop {
            self.skip_space();
            if self.eat(']') {
                return Ok(());
            }
            let value_pos = self.pos;
            let value = self.value(depth, true, name)?;
            fields.push(Field {
                name: name.to_owned(),
                pos,
                value,
                value_pos,
            });
            self.skip_space();
            if !self.eat(',') && self.peek() != Some(']') {
                return Err(self.error("a list goes on with `,` or ends with `]`"));
            }
        }
    }

    fn value(&mut self, depth: u32, colon: bool, name: &str) -> Result<Value, TextError> {
        match self.peek() {
            Some('{') => {
                self.next();
                Ok(Value::Message(self.fields(depth.saturating_add(1))?))
            }
            _ if !colon => Err(self.error(format!("`{name}` needs `:` and a value, or `{{`"))),
            Some('"' | '\'') => self.text().map(Value::Text),
            _ => {
                let word = self.word();
                if word.is_empty() {
                    return Err(self.error(format!("`{name}:` needs a value")));
                }
                Ok(Value::Word(word))
            }
        }
    }

    /// Quoted strings; neighbours are joined.
    fn text(&mut self) -> Result<String, TextError> {
        let mut text = String::new();
        while let Some(quote @ ('"' | '\'')) = self.peek() {
            self.next();
            loop {
                match self.next() {
                    None | Some('\n') => {
                        return Err(self.error(format!("the string is not closed with {quote}")));
                    }
                    Some(c) if c == quote => break,
                    Some('\\') => text.push(match self.next() {
                        Some('n') => '\n',
                        Some('t') => '\t',
                        Some('r') => '\r',
                        Some(c @ ('\\' | '"' | '\'')) => c,
                        Some(c @ '0'..='7') => self.octal(c),
                        _ => {
                            return Err(
                                self.error("unknown escape; use \\n, \\t, \\r, \\\\, \\\", \\' or \\000")
                            );
                        }
                    }),
                    Some(c) => text.push(c),
                }
            }
            self.skip_space();
        }
        Ok(text)
    }

    /// A byte of up to three digits, as a character.
    fn octal(&mut self, first: char) -> char {
        let mut byte = first.to_digit(8).unwrap_or_default();
        for _ in 0..2 {
            let Some(digit) = self.peek().and_then(|c| c.to_digit(8)) else {
                break;
            };
            self.next();
            byte = byte << 3 | digit;
        }
        char::from(u8::try_from(byte & 255).unwrap_or_default())
    }

    fn word(&mut self) -> String {
        let mut word = String::new();
        while let Some(c) = self
            .peek()
            .filter(|c| c.is_ascii_alphanumeric() || "_.+-".contains(*c))
        {
            word.push(c);
            self.next();
        }
        word
    }

    fn skip_space(&mut self) {
        while let Some(c) = self.peek() {
            if c == '#' {
                while self.peek().is_some_and(|c| c != '\n') {
                    self.next();
                }
            } else if c.is_whitespace() {
                self.next();
            } else {
                return;
            }
        }
    }

    fn eat(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.next();
        }
        found
    }

    fn peek(&self) -> Option<char> {
        self.rest.clone().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest.next()?;
        self.pos.column = self.pos.column.saturating_add(1);
        if c == '\n' {
            self.pos.line = self.pos.line.saturating_add(1);
            self.pos.column = 1;
        }
        Some(c)
    }

    fn error(&self, what: impl Into<String>) -> TextError {
        TextError::new(self.pos, what)
    }
}

#[cfg(test)]
mod tests;
