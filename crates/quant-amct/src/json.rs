//! JSON whose objects keep their order, written as AMCT's files are: 4 blanks a level, `,` and `:` without blanks, floats as
//! Python prints them, no line end behind the last line.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number without a fraction.
    Int(i64),
    /// A number with one.
    Float(f64),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Json>),
    /// Members in their order; a key may stand there twice.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Reads a text.
    pub fn read(text: &str) -> serde_json::Result<Self> {
        serde_json::from_str(text)
    }

    /// An object of these members.
    pub fn object<const N: usize>(members: [(&str, Self); N]) -> Self {
        Self::Object(members.map(|(key, value)| (key.to_owned(), value)).into())
    }

    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A list of texts.
    pub fn texts(texts: &[String]) -> Self {
        Self::List(texts.iter().map(Self::text).collect())
    }

    /// Writes it.
    pub fn write(&self) -> String {
        let mut text = String::new();
        self.write_at(0, &mut text);
        text
    }

    fn write_at(&self, depth: usize, text: &mut String) {
        match self {
            Self::Null => text.push_str("null"),
            Self::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
            Self::Int(value) => text.push_str(&value.to_string()),
            Self::Float(value) => text.push_str(&python(*value)),
            Self::Text(value) => text.push_str(&quoted(value)),
            Self::List(items) => {
                let items = items.iter().map(|item| (None, item));
                write_items('[', ']', items, depth, text);
            }
            Self::Object(members) => {
                let members = members.iter().map(|(key, value)| (Some(key), value));
                write_items('{', '}', members, depth, text);
            }
        }
    }
}

fn write_items<'a>(
    open: char,
    close: char,
    items: impl ExactSizeIterator<Item = (Option<&'a String>, &'a Json)>,
    depth: usize,
    text: &mut String,
) {
    text.push(open);
    let last = items.len();
    for (index, (key, value)) in items.enumerate() {
        text.push('\n');
        text.extend(std::iter::repeat_n("    ", depth + 1));
        if let Some(key) = key {
            text.push_str(&quoted(key));
            text.push(':');
        }
        value.write_at(depth + 1, text);
        text.push_str(if index + 1 < last { "," } else { "\n" });
    }
    if last > 0 {
        text.extend(std::iter::repeat_n("    ", depth));
    }
    text.push(close);
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A float as Python's `repr`: the shortest digits that read back, with an exponent below 1e-4 and from 1e16 on. NaN and
/// infinities as Python writes them into JSON.
pub fn python(value: f64) -> String {
    let size = value.abs();
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    if size == 0.0 || (1e-4..1e16).contains(&size) {
        let text = value.to_string();
        return if text.contains('.') { text } else { text + ".0" };
    }
    let text = format!("{value:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, exponent) = match exponent.strip_prefix('-') {
        Some(exponent) => ('-', exponent),
        None => ('+', exponent),
    };
    format!("{digits}e{sign}{exponent:0>2}")
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Int(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Json, E> {
        i64::try_from(value).map(Json::Int).map_err(E::custom)
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
        let mut object = Vec::new();
        while let Some(member) = members.next_entry()? {
            object.push(member);
        }
        Ok(Json::Object(object))
    }
}
