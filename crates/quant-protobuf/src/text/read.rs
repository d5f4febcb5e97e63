//! From a text to its fields.

use std::borrow::Cow;

use quant_ir::{Error, Result};

use super::field::{Field, Position, Scalar, Value};
use super::lexer::{Lexer, Token, error};
use crate::limits::{MAX_DEPTH, MAX_FIELDS};

/// Reads a text: the fields of a message.
///
/// # Errors
/// `Parse`, with line and column; `Limit`: too many fields, or messages too deep in messages.
pub fn read(text: &str) -> Result<Vec<Field<'_>>> {
    let mut lexer = Lexer::new(text);
    let (token, position) = lexer.next()?;
    let mut reader = Reader {
        lexer,
        token,
        position,
        fields: 0,
    };
    let mut fields = Vec::new();
    while reader.token != Token::End {
        reader.field(0, &mut fields)?;
    }
    Ok(fields)
}

struct Reader<'a> {
    lexer: Lexer<'a>,
    /// The word that comes next.
    token: Token<'a>,
    position: Position,
    fields: usize,
}

impl<'a> Reader<'a> {
    /// Takes the word that comes next.
    fn take(&mut self) -> Result<Token<'a>> {
        let (token, position) = self.lexer.next()?;
        self.position = position;
        Ok(std::mem::replace(&mut self.token, token))
    }

    /// Takes that sign if it comes next.
    fn took(&mut self, sign: char) -> Result<bool> {
        let found = self.token == Token::Sign(sign);
        if found {
            self.take()?;
        }
        Ok(found)
    }

    /// Reads one field, which is several if it is a list.
    fn field(&mut self, depth: usize, fields: &mut Vec<Field<'a>>) -> Result<()> {
        let position = self.position;
        let name = self.name()?;
        let colon = self.took(':')?;
        let mut push = |reader: &mut Self, value| {
            reader.fields = reader.fields.saturating_add(1);
            if reader.fields > MAX_FIELDS {
                let what = format!("more than {MAX_FIELDS} fields");
                return Err(Error::limit(position, what, "no message has so many"));
            }
            fields.push(Field {
                name,
                value,
                position,
            });
            Ok(())
        };
        if self.took('[')? {
            let mut first = true;
            while !self.took(']')? {
                if !first && !self.took(',')? {
                    return Err(self.unexpected("a list goes on with `,` or ends with `]`"));
                }
                first = false;
                let value = self.value(colon, depth)?;
                push(self, value)?;
            }
        } else {
            let value = self.value(colon, depth)?;
            push(self, value)?;
        }
        if !self.took(',')? {
            self.took(';')?;
        }
        Ok(())
    }

    fn name(&mut self) -> Result<&'a str> {
        match self.token {
            Token::Word(name) => {
                self.take()?;
                Ok(name)
            }
            Token::Sign('[') => {
                let hint = "extensions and `Any` are not read";
                Err(error(self.position, "a field has a name in brackets", hint))
            }
            _ => Err(self.unexpected("a field begins with its name")),
        }
    }

    fn value(&mut self, colon: bool, depth: usize) -> Result<Value<'a>> {
        if self.took('{')? {
            return self.message('}', depth);
        }
        if self.took('<')? {
            return self.message('>', depth);
        }
        if !colon {
            return Err(self.unexpected("a value stands behind `:`, a message in `{` and `}`"));
        }
        let sign = self.took('-')?;
        match self.token.clone() {
            Token::Word(word) => {
                self.take()?;
                let word = if sign {
                    Cow::Owned(format!("-{word}"))
                } else {
                    Cow::Borrowed(word)
                };
                Ok(Value::Scalar(Scalar::Word(word)))
            }
            Token::Bytes(mut bytes) if !sign => {
                self.take()?;
                // Strings that follow each other are one.
                while let Token::Bytes(more) = &self.token {
                    bytes.to_mut().extend_from_slice(more);
                    self.take()?;
                }
                Ok(Value::Scalar(Scalar::Bytes(bytes)))
            }
            _ => Err(self.unexpected("a value is a number, a word or a string")),
        }
    }

    fn message(&mut self, close: char, depth: usize) -> Result<Value<'a>> {
        if depth >= MAX_DEPTH {
            let what = format!("more than {MAX_DEPTH} messages within each other");
            return Err(Error::limit(self.position, what, "no message has so many"));
        }
        let mut fields = Vec::new();
        while !self.took(close)? {
            if self.token == Token::End {
                let what = format!("the text ends where `{close}` is wanted");
                return Err(error(self.position, what, "close every message"));
            }
            self.field(depth.saturating_add(1), &mut fields)?;
        }
        fields.shrink_to_fit();
        Ok(Value::Message(fields))
    }

    fn unexpected(&self, hint: &str) -> Error {
        let what = match &self.token {
            Token::Sign(sign) => format!("`{sign}` is not expected here"),
            Token::Word(word) => {
                let word: String = word.chars().take(40).collect();
                format!("`{word}` is not expected here")
            }
            Token::Bytes(_) => "a string is not expected here".to_owned(),
            Token::End => "the text ends too early".to_owned(),
        };
        error(self.position, what, hint)
    }
}
