//! YAML as far as a configuration needs it: mappings, lists and scalars, each with its line; keys are unique.

use quant_torch::{Error, Place, Problem, Result};
use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use crate::limits::{MAX_YAML_BYTES, MAX_YAML_DEPTH};

/// A value with its line, from 1.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub line: usize,
    pub value: Value,
}

/// A value.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// A text, and whether it stands in quotes.
    Scalar(String, bool),
    /// A list.
    List(Vec<Node>),
    /// A mapping, in order.
    Map(Vec<(String, Node)>),
}

impl Node {
    /// The value of a key of a mapping.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match &self.value {
            Value::Map(entries) => entries.iter().find(|(k, _)| k == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(text, _) => Some(text),
            _ => None,
        }
    }

    /// The value of an integer, in any of YAML's bases.
    pub fn int(&self) -> Option<i64> {
        let Value::Scalar(text, false) = &self.value else {
            return None;
        };
        let text = text.replace('_', "");
        let radix = |prefix: &str, radix| {
            let digits = text.strip_prefix(prefix)?;
            i64::from_str_radix(digits, radix).ok()
        };
        radix("0x", 16)
            .or_else(|| radix("0o", 8))
            .or_else(|| radix("0b", 2))
            .or_else(|| text.parse().ok())
    }

    /// Whether it is what YAML calls null.
    pub fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar(text, false) if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }
}

fn wrong(line: usize, what: impl Into<String>, hint: &str) -> Error {
    Error::new(Place::Line(line), Problem::Parse(what.into()), hint)
}

/// Reads one document.
///
/// # Errors
/// It is no YAML, has a key twice, or uses what a configuration does not need.
pub(crate) fn parse(text: &str) -> Result<Node> {
    if text.len() > MAX_YAML_BYTES {
        let what = format!("the file is longer than {MAX_YAML_BYTES} bytes");
        return Err(Error::new(
            "",
            Problem::Limit(what),
            "give a configuration of one network",
        ));
    }
    let mut reader = Reader {
        parser: Parser::new_from_str(text),
    };
    loop {
        let (event, span) = reader.next()?;
        match event {
            Event::Nothing | Event::StreamStart | Event::DocumentStart(_) => {}
            Event::StreamEnd => return Err(wrong(1, "the file is empty", "write a configuration")),
            event => return reader.node(event, span, 0),
        }
    }
}

struct Reader<'a> {
    parser: Parser<'a, saphyr_parser::StrInput<'a>>,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Span)> {
        match self.parser.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => {
                let what = error.info().to_owned();
                Err(wrong(error.marker().line(), what, "correct the YAML").caused_by(error))
            }
            None => Err(wrong(1, "the file ends early", "write a configuration")),
        }
    }

    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<Node> {
        let line = span.start.line();
        if depth > MAX_YAML_DEPTH {
            let what = format!("values nest deeper than {MAX_YAML_DEPTH}");
            return Err(Error::new(
                Place::Line(line),
                Problem::Limit(what),
                "a configuration is flat",
            ));
        }
        let value = match event {
            Event::Scalar(text, style, _, _) => Value::Scalar(text.into_owned(), style != ScalarStyle::Plain),
            Event::SequenceStart(..) => {
                let mut items = Vec::new();
                loop {
                    match self.next()? {
                        (Event::SequenceEnd, _) => break Value::List(items),
                        (event, span) => items.push(self.node(event, span, depth + 1)?),
                    }
                }
            }
            Event::MappingStart(..) => self.mapping(depth)?,
            Event::Alias(_) => {
                return Err(Error::new(
                    Place::Line(line),
                    Problem::Unsupported("an alias stands in the configuration".into()),
                    "write the value out",
                ));
            }
            _ => return Err(wrong(line, "a value ends before it begins", "correct the YAML")),
        };
        Ok(Node { line, value })
    }

    fn mapping(&mut self, depth: usize) -> Result<Value> {
        let mut entries: Vec<(String, Node)> = Vec::new();
        let mut known = std::collections::BTreeSet::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::MappingEnd {
                return Ok(Value::Map(entries));
            }
            let line = span.start.line();
            let Event::Scalar(key, ..) = event else {
                return Err(wrong(line, "a key is no text", "write a word before the colon"));
            };
            let key = key.into_owned();
            let (event, span) = self.next()?;
            let value = self.node(event, span, depth + 1)?;
            if !known.insert(key.clone()) {
                return Err(wrong(
                    line,
                    format!("found duplicate key {key}"),
                    "remove one of them",
                ));
            }
            entries.push((key, value));
        }
    }
}
