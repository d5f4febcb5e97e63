//! Changes of bytes, for everything that no change of the tree says: lengths, offsets, options.

use crate::choices::Choices;

/// Writes `value` at the four-byte word number `word`; words beyond the end change nothing.
pub fn word(bytes: &mut [u8], word: usize, value: i32) {
    if let Some(place) = bytes
        .get_mut(word.saturating_mul(4)..)
        .and_then(<[u8]>::first_chunk_mut)
    {
        *place = value.to_le_bytes();
    }
}

/// Overwrites a word, a byte, or cuts the end, as the choices say.
pub fn any(bytes: &mut Vec<u8>, choices: &mut Choices<'_>) {
    match choices.below(4) {
        0 | 1 => {
            let at = choices.below(bytes.len() / 4);
            word(bytes, at, choices.number());
        }
        2 => {
            let value = choices.byte();
            if let Some(byte) = choices.one(bytes) {
                *byte = value;
            }
        }
        _ => {
            let end = choices.below(bytes.len());
            bytes.truncate(end);
        }
    }
}
