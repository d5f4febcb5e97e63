//! A hash that is the same on every machine and in every build, for names of files and seeds; not for secrets.

/// The FNV-1a hash (64 bits) of nothing.
pub const EMPTY: u64 = 0xcbf2_9ce4_8422_2325;

/// Goes on with a FNV-1a hash: `hash = (hash ⊕ byte) · 0x100000001b3`.
pub fn more(hash: u64, bytes: impl IntoIterator<Item = u8>) -> u64 {
    bytes.into_iter().fold(hash, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The FNV-1a hash of bytes.
pub fn of(bytes: impl IntoIterator<Item = u8>) -> u64 {
    more(EMPTY, bytes)
}

#[cfg(test)]
mod tests {
    #[test]
    fn published_values() {
        for (text, hash) in [
            ("", 0xcbf2_9ce4_8422_2325),
            ("a", 0xaf63_dc4c_8601_ec8c),
            ("foobar", 0x8594_4171_f739_67e8),
        ] {
            assert_eq!(super::of(text.bytes()), hash, "{text}");
        }
    }
}
