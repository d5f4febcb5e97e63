//! CRC32C (Castagnoli, reflected polynomial 0x82f63b78), eight bytes a step, and the mask that TFRecords put on it.

const fn tables() -> [[u32; 256]; 8] {
    let mut tables = [[0; 256]; 8];
    let mut at = 0;
    while at < 256 {
        let mut crc = at as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 {
                crc >> 1 ^ 0x82f6_3b78
            } else {
                crc >> 1
            };
            bit += 1;
        }
        tables[0][at] = crc;
        at += 1;
    }
    let mut step = 1;
    while step < 8 {
        let mut at = 0;
        while at < 256 {
            let before = tables[step - 1][at];
            tables[step][at] = before >> 8 ^ tables[0][(before & 255) as usize];
            at += 1;
        }
        step += 1;
    }
    tables
}

static TABLES: [[u32; 256]; 8] = tables();

/// The checksum of bytes.
pub fn crc32c(bytes: &[u8]) -> u32 {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut crc = !0_u32;
    for word in words {
        let value = u64::from_le_bytes(*word) ^ u64::from(crc);
        let part = |at: usize| TABLES[7 - at][(value >> (8 * at) & 255) as usize];
        crc = (0..8).fold(0, |crc, at| crc ^ part(at));
    }
    for byte in rest {
        crc = crc >> 8 ^ TABLES[0][((crc ^ u32::from(*byte)) & 255) as usize];
    }
    !crc
}

/// The checksum as a TFRecord has it.
pub fn masked(bytes: &[u8]) -> u32 {
    crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        // RFC 3720, B.4.
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c(&[0xff; 32]), 0x62a8_ab43);
        let rising: Vec<u8> = (0..32).collect();
        assert_eq!(crc32c(&rising), 0x46dd_794e);
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
    }
}
