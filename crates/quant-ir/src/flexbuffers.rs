//! Numbers of a custom operator's options: a map in FlexBuffers' format.
//!
//! The last byte of a buffer is the width of its root, the byte before it the root's type, and before that stands the
//! root. A map is a vector of values with a type byte for each behind them; before its first value stand, each as wide
//! as a value, the distance back to the vector of its keys, the width of the keys' distances, and its length. Distances
//! lead back from where they stand; numbers stand in place, and so do the elements of a vector of one type behind its
//! length.

/// Types, in the upper six bits of a type byte; the lower two are the width of what a distance leads to.
const INT: u8 = 1;
const UINT: u8 = 2;
const FLOAT: u8 = 3;
const INDIRECT_INT: u8 = 6;
const INDIRECT_UINT: u8 = 7;
const INDIRECT_FLOAT: u8 = 8;
const MAP: u8 = 9;
const VECTOR_INT: u8 = 11;
const VECTOR_UINT: u8 = 12;

/// A value of a map.
#[derive(Clone, Copy, Debug)]
pub struct Element<'a> {
    bytes: &'a [u8],
    kind: u8,
    place: usize,
    width: usize,
    /// Width of what a distance leads to.
    behind: usize,
}

/// The value under `key` in a map; `None` when the bytes are no map, or the map has none.
pub fn find<'a>(bytes: &'a [u8], key: &str) -> Option<Element<'a>> {
    let [start @ .., kind, width] = bytes else {
        return None;
    };
    let width = usize::from(*width);
    let root = start.len().checked_sub(width)?;
    if kind >> 2 != MAP {
        return None;
    }
    let values = back(bytes, root, width)?;
    let width = 1 << (kind & 3);
    let length = usize::try_from(unsigned(bytes, values.checked_sub(width)?, width)?).ok()?;
    let keys_width = unsigned(bytes, values.checked_sub(2 * width)?, width)?;
    let keys_width = usize::try_from(keys_width)
        .ok()
        .filter(|width| [1, 2, 4, 8].contains(width))?;
    let keys = back(bytes, values.checked_sub(3 * width)?, width)?;
    // A length beyond the bytes ends at the first key that is not there.
    for at in 0..length {
        let name = back(bytes, keys.checked_add(at.checked_mul(keys_width)?)?, keys_width)?;
        // Only as far as the key goes: names may overlap, and each be long.
        let rest = bytes.get(name..)?.strip_prefix(key.as_bytes());
        if rest.is_some_and(|rest| rest.first().is_none_or(|byte| *byte == 0)) {
            let kind = *bytes.get(values.checked_add(length.checked_mul(width)?)?.checked_add(at)?)?;
            return Some(Element {
                bytes,
                kind: kind >> 2,
                place: values.checked_add(at.checked_mul(width)?)?,
                width,
                behind: 1 << (kind & 3),
            });
        }
    }
    None
}

impl Element<'_> {
    /// An integer; `None` for anything else.
    pub fn int(&self) -> Option<i64> {
        let (place, width) = self.number(INDIRECT_INT, INDIRECT_UINT)?;
        match self.kind {
            INT | INDIRECT_INT => signed(self.bytes, place, width),
            UINT | INDIRECT_UINT => i64::try_from(unsigned(self.bytes, place, width)?).ok(),
            _ => None,
        }
    }

    /// A number of any kind; `None` for anything else.
    pub fn float(&self) -> Option<f64> {
        let (place, width) = self.number(INDIRECT_INT, INDIRECT_FLOAT)?;
        match (self.kind, width) {
            (FLOAT | INDIRECT_FLOAT, 4) => {
                let bits = u32::try_from(unsigned(self.bytes, place, width)?).ok()?;
                Some(f64::from(f32::from_bits(bits)))
            }
            (FLOAT | INDIRECT_FLOAT, 8) => Some(f64::from_bits(unsigned(self.bytes, place, width)?)),
            _ => self.int().map(|x| x as f64),
        }
    }

    /// A vector of integers; `None` for anything else.
    pub fn ints(&self) -> Option<Vec<i64>> {
        let first = back(self.bytes, self.place, self.width)?;
        let length = unsigned(self.bytes, first.checked_sub(self.behind)?, self.behind)?;
        let length = usize::try_from(length).ok()?;
        let end = first.checked_add(length.checked_mul(self.behind)?)?;
        let elements = self.bytes.get(first..end)?.chunks_exact(self.behind);
        elements
            .map(|element| match self.kind {
                VECTOR_INT => signed(element, 0, self.behind),
                VECTOR_UINT => i64::try_from(unsigned(element, 0, self.behind)?).ok(),
                _ => None,
            })
            .collect()
    }

    /// Where the number stands and its width: in place, or at a distance for types within `first..=last`.
    fn number(&self, first: u8, last: u8) -> Option<(usize, usize)> {
        if (first..=last).contains(&self.kind) {
            Some((back(self.bytes, self.place, self.width)?, self.behind))
        } else {
            Some((self.place, self.width))
        }
    }
}

fn back(bytes: &[u8], place: usize, width: usize) -> Option<usize> {
    place.checked_sub(usize::try_from(unsigned(bytes, place, width)?).ok()?)
}

fn unsigned(bytes: &[u8], place: usize, width: usize) -> Option<u64> {
    let part = bytes
        .get(place..place.checked_add(width)?)
        .filter(|part| part.len() <= 8)?;
    let mut word = [0; 8];
    word.get_mut(..part.len())?.copy_from_slice(part);
    Some(u64::from_le_bytes(word))
}

fn signed(bytes: &[u8], place: usize, width: usize) -> Option<i64> {
    let unused = 64 - 8 * u32::try_from(width).ok()?;
    let word = unsigned(bytes, place, width)?;
    Some((word << unused).cast_signed() >> unused)
}
