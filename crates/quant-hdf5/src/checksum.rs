//! Checksums: Bob Jenkins' lookup3 (`hashlittle`) of metadata, Fletcher's of chunks.

use crate::error::{Error, Problem, Result};

/// lookup3 with the initial value 0, as HDF5's metadata has it.
pub(crate) fn lookup3(bytes: &[u8]) -> u32 {
    let start = 0xdead_beef_u32.wrapping_add(bytes.len() as u32);
    let [mut a, mut b, mut c] = [start; 3];
    let word = |bytes: &[u8], at: usize| {
        let byte = |i: usize| u32::from(bytes.get(at + i).copied().unwrap_or(0));
        byte(0) | byte(1) << 8 | byte(2) << 16 | byte(3) << 24
    };
    let mut rest = bytes;
    while rest.len() > 12 {
        let (block, behind) = rest.split_at(12);
        a = a.wrapping_add(word(block, 0));
        b = b.wrapping_add(word(block, 4));
        c = c.wrapping_add(word(block, 8));
        // Mix.
        a = a.wrapping_sub(c) ^ c.rotate_left(4);
        c = c.wrapping_add(b);
        b = b.wrapping_sub(a) ^ a.rotate_left(6);
        a = a.wrapping_add(c);
        c = c.wrapping_sub(b) ^ b.rotate_left(8);
        b = b.wrapping_add(a);
        a = a.wrapping_sub(c) ^ c.rotate_left(16);
        c = c.wrapping_add(b);
        b = b.wrapping_sub(a) ^ a.rotate_left(19);
        a = a.wrapping_add(c);
        c = c.wrapping_sub(b) ^ b.rotate_left(4);
        b = b.wrapping_add(a);
        rest = behind;
    }
    if rest.is_empty() {
        return c;
    }
    a = a.wrapping_add(word(rest, 0));
    b = b.wrapping_add(word(rest, 4));
    c = c.wrapping_add(word(rest, 8));
    // The final mix.
    c = (c ^ b).wrapping_sub(b.rotate_left(14));
    a = (a ^ c).wrapping_sub(c.rotate_left(11));
    b = (b ^ a).wrapping_sub(a.rotate_left(25));
    c = (c ^ b).wrapping_sub(b.rotate_left(16));
    a = (a ^ c).wrapping_sub(c.rotate_left(4));
    b = (b ^ a).wrapping_sub(a.rotate_left(14));
    (c ^ b).wrapping_sub(b.rotate_left(24))
}

/// The four bytes behind the first `count` must be the checksum of those.
pub(crate) fn verify(bytes: &[u8], count: usize) -> Result<()> {
    let wrong = || Error::damaged(Problem::Checksum { what: "a checksum" });
    let (front, rest) = bytes.split_at_checked(count).ok_or_else(wrong)?;
    let stored = rest.first_chunk().ok_or_else(wrong)?;
    if u32::from_le_bytes(*stored) == lookup3(front) {
        return Ok(());
    }
    Err(wrong())
}

/// Fletcher's checksum of chunks: sums of 16-bit words, the high byte first, modulo 65535.
pub(crate) fn fletcher32(bytes: &[u8]) -> u32 {
    let (mut low, mut high) = (0_u32, 0_u32);
    for pair in bytes.chunks(2) {
        let first = u32::from(pair.first().copied().unwrap_or(0));
        let second = u32::from(pair.get(1).copied().unwrap_or(0));
        low = (low + (first << 8 | second)) % 65535;
        high = (high + low) % 65535;
    }
    high << 16 | low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lookup3_is_hashlittle() {
        // The values that lookup3.c itself lists for its driver 5.
        assert_eq!(lookup3(b""), 0xdead_beef);
        assert_eq!(lookup3(b"Four score and seven years ago"), 0x1777_0551);
    }
}
