//! Bits of a scan, and the codes in them.

use super::input::Input;

/// Bits of a code that are looked up at once.
const QUICK: u32 = 9;

/// A table of codes.
pub struct Huffman {
    /// By the first [`QUICK`] bits: length and value; 0 where the code is longer.
    quick: [u16; 1 << QUICK],
    /// Of each length: the code behind the last one, and what to add to a code for the place of its value.
    ends: [(u32, i32); 17],
    values: Vec<u8>,
}

impl Huffman {
    /// A table of so many codes of 1, 2, … 16 bits; `None` where there are more than fit.
    pub fn new(counts: &[u8; 16], values: &[u8]) -> Option<Self> {
        let (mut quick, mut ends) = ([0; 1 << QUICK], [(0, 0); 17]);
        let (mut code, mut place) = (0_u32, 0);
        for (count, length) in counts.iter().zip(1_u32..) {
            let count = u32::from(*count);
            let end = code + count;
            if end > 1 << length || values.len() > 256 {
                return None;
            }
            ends[length as usize] = (end, place - code as i32);
            if let Some(shift) = QUICK.checked_sub(length) {
                for code in code..end {
                    let value = values[(place + (code as i32) - (end - count) as i32) as usize];
                    let entry = (length << 8) as u16 | u16::from(value);
                    quick[(code << shift) as usize..((code + 1) << shift) as usize].fill(entry);
                }
            }
            place += count as i32;
            code = end << 1;
        }
        Some(Self {
            quick,
            ends,
            values: values.to_vec(),
        })
    }
}

/// The bits between two markers.
pub struct Bits<'a> {
    data: &'a [u8],
    at: usize,
    /// The next bits, from the highest on.
    next: u64,
    count: u32,
    /// How many of the last of them are not in the data.
    beyond: u32,
}

impl<'a> Bits<'a> {
    pub fn new(data: &'a [u8]) -> Self {
        Self {
            data,
            at: 0,
            next: 0,
            count: 0,
            beyond: 0,
        }
    }

    /// Bytes that were read.
    pub fn read(&self) -> usize {
        self.at
    }

    /// Whether bits were taken that are not there.
    pub fn is_over(&self) -> bool {
        self.count < self.beyond
    }

    /// A byte of the data; nothing at a marker.
    fn byte(&mut self) -> Option<u8> {
        let byte = *self.data.get(self.at)?;
        if byte == 0xff {
            // A stuffed zero; bytes that fill may stand before a marker, and before the zero.
            let after = self.data[self.at..].iter().position(|byte| *byte != 0xff)?;
            if self.data[self.at + after] != 0 {
                return None;
            }
            self.at += after;
        }
        self.at += 1;
        Some(byte)
    }

    /// So that there are 32 bits at least.
    fn fill(&mut self) {
        if self.count >= 32 {
            return;
        }
        let plain = self.data.get(self.at..).and_then(|rest| rest.first_chunk::<4>());
        if let Some(bytes) = plain.filter(|bytes| !bytes.contains(&0xff)) {
            self.next |= u64::from(u32::from_be_bytes(*bytes)) << (32 - self.count);
            self.count += 32;
            self.at += 4;
            return;
        }
        while self.count <= 56 {
            let byte = self.byte();
            if byte.is_none() {
                self.beyond += 8;
            }
            self.next |= u64::from(byte.unwrap_or(0)) << (56 - self.count);
            self.count += 8;
        }
    }

    fn take(&mut self, count: u32) {
        self.next <<= count;
        self.count -= count;
    }

    /// Up to 16 bits as a number.
    pub fn bits(&mut self, count: u32) -> i32 {
        if count == 0 {
            return 0;
        }
        self.fill();
        self.ready(count)
    }

    /// Bits that are there: up to 16 behind a code.
    fn ready(&mut self, count: u32) -> i32 {
        let bits = (self.next >> (64 - count)) as i32;
        self.take(count);
        bits
    }

    /// A difference of `count` bits behind a code: the lower half stands for what is below zero.
    pub fn signed(&mut self, count: u32) -> i32 {
        if count == 0 {
            return 0;
        }
        let bits = self.ready(count);
        if bits < 1 << (count - 1) {
            bits - (1 << count) + 1
        } else {
            bits
        }
    }

    pub fn bit(&mut self) -> bool {
        self.bits(1) == 1
    }

    /// The value of a code; `None` where there is no such code. Sixteen bits are ready behind it.
    pub fn code(&mut self, table: &Huffman) -> Option<u8> {
        self.fill();
        let entry = table.quick[(self.next >> (64 - QUICK)) as usize];
        if entry != 0 {
            self.take(u32::from(entry >> 8));
            return Some(entry as u8);
        }
        for length in QUICK + 1..=16 {
            let code = (self.next >> (64 - length)) as u32;
            let (end, add) = table.ends[length as usize];
            if code < end {
                self.take(length);
                return table.values.get((code as i32 + add) as usize).copied();
            }
        }
        None
    }

    /// Goes on behind the next marker, which has to be this one.
    pub fn restart(&mut self, marker: u8) -> bool {
        let mut rest = Input::new(self.data.get(self.at..).unwrap_or_default());
        let found = rest.marker() == Some(marker);
        let at = self.data.len() - rest.rest().len();
        *self = Self {
            at,
            ..Self::new(self.data)
        };
        found
    }
}
