//! The words of a text.

use std::borrow::Cow;

use quant_ir::{Error, Problem, Result};

use super::field::Position;
use super::strings;

/// A word of a text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'a> {
    /// `{`, `}`, `<`, `>`, `[`, `]`, `:`, `,`, `;`, `-`, `/`.
    Sign(char),
    /// A number or a word.
    Word(&'a str),
    /// A string, without quotes and escapes.
    Bytes(Cow<'a, [u8]>),
    /// Behind the last one.
    End,
}

/// Takes the words of a text one after the other.
pub(super) struct Lexer<'a> {
    rest: &'a str,
    position: Position,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            rest: text.strip_prefix('\u{feff}').unwrap_or(text),
            position: Position { line: 1, column: 1 },
        }
    }

    /// The next word, and where it stands.
    pub(super) fn next(&mut self) -> Result<(Token<'a>, Position)> {
        self.skip();
        let position = self.position;
        let Some(first) = self.rest.chars().next() else {
            return Ok((Token::End, position));
        };
        let token = match first {
            '{' | '}' | '<' | '>' | '[' | ']' | ':' | ',' | ';' | '-' | '/' => {
                self.advance(first.len_utf8());
                Token::Sign(first)
            }
            '"' | '\'' => Token::Bytes(self.string(first)?),
            _ if in_word(first) => {
                let end = word_end(self.rest);
                Token::Word(self.advance(end))
            }
            _ => {
                let what = format!("`{}` has no meaning here", first.escape_debug());
                return Err(error(position, what, "see protobuf's text format"));
            }
        };
        Ok((token, position))
    }

    /// Goes over blanks and comments.
    fn skip(&mut self) {
        loop {
            let blanks = self.rest.len().saturating_sub(self.rest.trim_start().len());
            self.advance(blanks);
            if !self.rest.starts_with('#') {
                return;
            }
            let end = self.rest.find('\n').unwrap_or(self.rest.len());
            self.advance(end);
        }
    }

    fn string(&mut self, quote: char) -> Result<Cow<'a, [u8]>> {
        let start = self.position;
        self.advance(1);
        let Some(end) = strings::end(self.rest, quote) else {
            return Err(error(start, "a string does not end in its line", "close it"));
        };
        let inner = self.advance(end);
        self.advance(1);
        strings::unescaped(inner).map_err(|what| error(start, what, "see protobuf's text format"))
    }

    /// Goes over so many bytes, and returns them.
    fn advance(&mut self, bytes: usize) -> &'a str {
        let (passed, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.rest = rest;
        let lines = passed.bytes().filter(|byte| *byte == b'\n').count();
        let last = passed.rsplit('\n').next().unwrap_or(passed);
        let columns = last.chars().count();
        if lines > 0 {
            self.position.line = self.position.line.saturating_add(lines);
            self.position.column = 1;
        }
        self.position.column = self.position.column.saturating_add(columns);
        passed
    }
}

fn in_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.')
}

/// Where a word ends: names and numbers, `1e-5` among them.
fn word_end(text: &str) -> usize {
    let digits = text.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    let hex = text.starts_with("0x") || text.starts_with("0X");
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let exponent = digits && !hex && matches!(c, '+' | '-') && matches!(before, 'e' | 'E');
        if !in_word(c) && !exponent {
            return at;
        }
        before = c;
    }
    text.len()
}

/// An error at a place of the text.
pub(super) fn error(position: Position, what: impl Into<String>, hint: &str) -> Error {
    Error::new(position, Problem::Parse(what.into()), hint)
}
