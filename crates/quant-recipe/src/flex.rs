//! FlexBuffers maps, as far as options of custom operators need them (`flatbuffers.dev`, "FlexBuffers").
//!
//! Everything in a map has one width, the smallest power of two that all numbers and offsets fit in.

/// A value of a map.
pub(super) enum Flex<'a> {
    /// A bool.
    Bool(bool),
    /// A number.
    Int(i64),
    /// A string.
    Text(&'a str),
    /// A vector of numbers.
    Ints(Vec<i64>),
}

/// Types of values.
mod kind {
    pub const INT: u8 = 1;
    pub const STRING: u8 = 5;
    pub const MAP: u8 = 9;
    pub const VECTOR_INT: u8 = 11;
    pub const BOOL: u8 = 26;
}

/// A map of these keys; no key is there twice.
pub(super) fn map(entries: &[(&str, Flex<'_>)]) -> Vec<u8> {
    (0..4).find_map(|log| encode(entries, log)).unwrap_or_default()
}

/// The map with numbers of `1 << log` bytes; `None` when something does not fit.
fn encode(entries: &[(&str, Flex<'_>)], log: u8) -> Option<Vec<u8>> {
    let mut out = Out {
        bytes: Vec::new(),
        width: 1 << log,
    };
    // Keys and what does not stand in the map itself, each where its offset points.
    let mut places = Vec::new();
    for (key, value) in entries {
        let at = out.bytes.len();
        out.text(key);
        let value_at = match value {
            Flex::Bool(_) | Flex::Int(_) => 0,
            Flex::Text(text) => {
                out.align();
                out.size(text.len())?;
                let at = out.bytes.len();
                out.text(text);
                at
            }
            Flex::Ints(list) => {
                out.align();
                out.size(list.len())?;
                let at = out.bytes.len();
                list.iter().try_for_each(|number| out.int(*number))?;
                at
            }
        };
        places.push((*key, at, value, value_at));
    }
    places.sort_by_key(|(key, ..)| *key);
    out.align();
    out.size(places.len())?;
    let keys = out.bytes.len();
    for (_, at, ..) in &places {
        out.offset(*at)?;
    }
    out.offset(keys)?;
    out.size(out.width)?;
    out.size(places.len())?;
    let map = out.bytes.len();
    for (.., value, at) in &places {
        match value {
            Flex::Bool(value) => out.int(i64::from(*value))?,
            Flex::Int(value) => out.int(*value)?,
            Flex::Text(_) | Flex::Ints(_) => out.offset(*at)?,
        }
    }
    for (.., value, _) in &places {
        let kind = match value {
            Flex::Bool(_) => kind::BOOL,
            Flex::Int(_) => kind::INT,
            Flex::Text(_) => kind::STRING,
            Flex::Ints(_) => kind::VECTOR_INT,
        };
        out.bytes.push(kind << 2 | log);
    }
    out.align();
    out.offset(map)?;
    out.bytes.push(kind::MAP << 2 | log);
    out.bytes.push(1 << log);
    Some(out.bytes)
}

struct Out {
    bytes: Vec<u8>,
    /// Bytes of a number.
    width: usize,
}

impl Out {
    /// A number, when it fits.
    fn int(&mut self, number: i64) -> Option<()> {
        let bytes = number.to_le_bytes();
        let (low, high) = bytes.split_at_checked(self.width)?;
        let sign = if number < 0 { 0xff } else { 0 };
        let negative = low.last().is_some_and(|byte| *byte >= 0x80);
        let fits = negative == (number < 0) && high.iter().all(|byte| *byte == sign);
        fits.then(|| self.bytes.extend(low))
    }

    /// A size or an offset, which has no sign.
    fn size(&mut self, size: usize) -> Option<()> {
        let bytes = u64::try_from(size).ok()?.to_le_bytes();
        let (low, high) = bytes.split_at_checked(self.width)?;
        let fits = high.iter().all(|byte| *byte == 0);
        fits.then(|| self.bytes.extend(low))
    }

    /// How far `at` is behind this place.
    fn offset(&mut self, at: usize) -> Option<()> {
        self.size(self.bytes.len().checked_sub(at)?)
    }

    fn text(&mut self, text: &str) {
        self.bytes.extend(text.as_bytes());
        self.bytes.push(0);
    }

    fn align(&mut self) {
        let end = self.bytes.len().next_multiple_of(self.width);
        self.bytes.resize(end, 0);
    }
}
