//! One number of a custom operator's options: a map in FlexBuffers' format.
//!
//! The last byte of a buffer is the width of its root, the byte before it the root's type, and before that stands the
//! root. A map is a vector of values with a type byte for each behind them; before its first value stand, each as wide
//! as a value, the distance back to the vector of its keys, the width of the keys' distances, and its length. Distances
//! lead back from where they stand; integers stand in place.

/// Types, in the upper six bits of a type byte; the lower two are the width of what a distance leads to.
const INT: u8 = 1;
const UINT: u8 = 2;
const INDIRECT_INT: u8 = 6;
const INDIRECT_UINT: u8 = 7;
const MAP: u8 = 9;

/// The integer under `key` in a map; `None` when the bytes are no map, or the map has none.
pub fn int(bytes: &[u8], key: &str) -> Option<i64> {
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
        let name = bytes.get(name..)?.split(|byte| *byte == 0).next()?;
        if name != key.as_bytes() {
            continue;
        }
        let place = values.checked_add(at.checked_mul(width)?)?;
        let kind = *bytes.get(values.checked_add(length.checked_mul(width)?)?.checked_add(at)?)?;
        let behind = 1 << (kind & 3);
        return match kind >> 2 {
            INT => signed(bytes, place, width),
            UINT => i64::try_from(unsigned(bytes, place, width)?).ok(),
            INDIRECT_INT => signed(bytes, back(bytes, place, width)?, behind),
            INDIRECT_UINT => i64::try_from(unsigned(bytes, back(bytes, place, width)?, behind)?).ok(),
            _ => None,
        };
    }
    None
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
    ];
    const THREE: &[u8] = &[
        97, 0, 97, 120, 105, 115, 0, 122, 122, 0, 4, 116, 101, 120, 116, 0, 3, 17, 16, 12, 3, 1, 3, 5, 2, 14,
        4, 4, 20, 6, 36, 1,
    ];

    #[test]
    fn integers_of_maps() {
        for (key, bytes, wanted) in ROWS {
            assert_eq!(int(bytes, key), *wanted, "{bytes:?}");
            assert_eq!(int(bytes, "other"), None);
            // Bytes cut anywhere, or changed, end in an answer.
            for end in 0..bytes.len() {
                let _ = int(&bytes[..end], key);
                let mut changed = bytes.to_vec();
                for byte in [0, 1, 3, 9, 40, 127, 255] {
                    changed[end] = byte;
                    let _ = int(&changed, key);
                }
            }
        }
    }
}
