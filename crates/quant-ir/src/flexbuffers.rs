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

#[cfg(test)]
mod tests {
    use super::*;

    /// Written by the FlexBuffers builder of PyPI's `flatbuffers`.
    const ROWS: &[(&str, &[u8], Option<i64>)] = &[
        // {"axis": 1}
        (
            "axis",
            b"axis\x00\x01\x06\x01\x01\x01\x01\x04\x02\x24\x01",
            Some(1),
        ),
        // {"axis": -1}
        (
            "axis",
            b"axis\x00\x01\x06\x01\x01\x01\xff\x04\x02\x24\x01",
            Some(-1),
        ),
        // {"a": 5, "axis": 2, "zz": "text"}
        ("axis", THREE, Some(2)),
        ("a", THREE, Some(5)),
        ("zz", THREE, None),
        // {"axis": 70000}
        (
            "axis",
            b"axis\0\x01\x06\0\x02\0\0\0\x01\0\0\0\x01\0\0\0\x70\x11\x01\0\x06\x05\x26\x01",
            Some(70000),
        ),
        // {"axis": 1.5}
        (
            "b",
            b"b\0\x01\x03\x01\0\0\0\x01\0\0\0\x01\0\0\0\0\0\xc0\x3f\x0e\x05\x26\x01",
            None,
        ),
        // [1, 2]
        ("axis", b"\x02\x01\x02\x04\x04\x04\x28\x01", None),
        ("i", MANY, Some(-7)),
        ("i", BEHIND, Some(-7)),
    ];
    const THREE: &[u8] = &[
        97, 0, 97, 120, 105, 115, 0, 122, 122, 0, 4, 116, 101, 120, 116, 0, 3, 17, 16, 12, 3, 1, 3, 5, 2, 14,
        4, 4, 20, 6, 36, 1,
    ];
    /// {"d": 0.1, "f": 1.5, "i": -7, "u": [1, 255], "v": [3, -300, 70000]}
    const MANY: &[u8] = b"f\x00i\x00v\x00\x00\x00\x03\x00\x00\x00\x03\x00\x00\x00\xd4\xfe\xff\xffp\x11\x01\x00u\x00\
        \x02\x01\xffd\x00\x05\x03! \x0b \x00\x00\x00\x08\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\
        \x05\x00\x00\x00\x00\x00\x00\x00\x9a\x99\x99\x99\x99\x99\xb9?\x00\x00\x00\x00\x00\x00\xf8?\
        \xf9\xff\xff\xff\xff\xff\xff\xff=\x00\x00\x00\x00\x00\x00\x00T\x00\x00\x00\x00\x00\x00\x00\x0f\x0f\x070.-'\x01";
    /// {"f": 2.5, "i": -7}, both at a distance.
    const BEHIND: &[u8] =
        b"f\x00\x00\x00\x00\x00 @i\x00\xf9\x02\x0c\x05\x02\x01\x02\x0d\x08\x22\x18\x04$\x01";

    fn int(bytes: &[u8], key: &str) -> Option<i64> {
        find(bytes, key)?.int()
    }

    /// Whatever the bytes are, there is an answer.
    fn ask(bytes: &[u8], key: &str) {
        if let Some(element) = find(bytes, key) {
            let _ = (element.int(), element.float(), element.ints());
        }
    }

    #[test]
    fn integers_of_maps() {
        for (key, bytes, wanted) in ROWS {
            assert_eq!(int(bytes, key), *wanted, "{bytes:?}");
            assert_eq!(int(bytes, "other"), None);
        }
    }

    #[test]
    fn other_numbers_and_vectors() {
        let float = |bytes, key| find(bytes, key)?.float();
        let ints = |bytes, key| find(bytes, key)?.ints();
        assert_eq!(float(MANY, "d"), Some(0.1));
        assert_eq!(float(MANY, "f"), Some(1.5));
        assert_eq!(float(MANY, "i"), Some(-7.0));
        assert_eq!(float(BEHIND, "f"), Some(2.5));
        assert_eq!(float(THREE, "zz"), None);
        assert_eq!(ints(MANY, "u"), Some(vec![1, 255]));
        assert_eq!(ints(MANY, "v"), Some(vec![3, -300, 70000]));
        assert_eq!(ints(MANY, "i"), None);
        assert_eq!(ints(THREE, "zz"), None);
    }

    #[test]
    fn bytes_cut_anywhere_or_changed_end_in_an_answer() {
        let keys = ["d", "f", "i", "u", "v"];
        let more = keys.iter().flat_map(|key| [(*key, MANY), (*key, BEHIND)]);
        for (key, bytes) in ROWS.iter().map(|(key, bytes, _)| (*key, *bytes)).chain(more) {
            for end in 0..bytes.len() {
                ask(&bytes[..end], key);
                let mut changed = bytes.to_vec();
                for byte in [0, 1, 3, 9, 40, 47, 127, 255] {
                    changed[end] = byte;
                    ask(&changed, key);
                }
            }
        }
    }
}
