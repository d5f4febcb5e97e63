//! Fractal heaps: where groups with many links, and objects with many attributes, keep them.

use crate::checksum;
use crate::error::{Error, Problem, Result};
use crate::source::{Bytes, Cursor};

/// A fractal heap.
pub(crate) struct Heap<'a> {
    bytes: &'a Bytes,
    /// Blocks in a row of the doubling table.
    width: u64,
    /// Size of the first block.
    start: u64,
    /// Size of the largest block with objects.
    largest: u64,
    /// Bytes of an offset, and of a length, in the number of an object.
    offset_width: usize,
    length_width: usize,
    root: u64,
    /// Rows of the root; 0 when it is a block with objects.
    rows: u16,
}

impl<'a> Heap<'a> {
    pub(crate) fn open(bytes: &'a Bytes, address: u64) -> Result<Self> {
        let head = bytes.read(address, 146)?;
        checksum::verify(&head, 142)?;
        let mut cursor = Cursor(&head);
        cursor.expect(b"FRHP\0")?;
        cursor.skip(2)?;
        if cursor.u16()? != 0 {
            return Err(Error::new(
                Problem::Unsupported("names kept in compressed heaps".into()),
                "write the file with h5py",
            ));
        }
        cursor.skip(1)?;
        let most = u64::from(cursor.u32()?);
        cursor.skip(8 * 12)?;
        let width = u64::from(cursor.u16()?);
        let start = cursor.u64()?;
        let largest = cursor.u64()?;
        let bits = cursor.u16()?;
        cursor.skip(2)?;
        let root = cursor.u64()?;
        let rows = cursor.u16()?;
        let sane = width.is_power_of_two()
            && start.is_power_of_two()
            && largest.is_power_of_two()
            && start <= largest
            && largest <= 1 << 32
            && bits <= 64
            && most > 0;
        if !sane {
            return Err(Error::damaged("the header of a heap makes no sense"));
        }
        let bytes_of = |limit: u64| limit.ilog2() as usize / 8 + 1;
        Ok(Self {
            bytes,
            width,
            start,
            largest,
            offset_width: usize::from(bits).div_ceil(8),
            length_width: (largest.ilog2() as usize).div_ceil(8).min(bytes_of(most)),
            root,
            rows,
        })
    }

    /// The object of that number.
    pub(crate) fn object(&self, number: &[u8]) -> Result<Vec<u8>> {
        let mut cursor = Cursor(number);
        let flags = cursor.u8()?;
        match (flags >> 4) & 3 {
            0 => {
                let offset = cursor.uint(self.offset_width)?;
                let length = cursor.uint(self.length_width)?;
                self.managed(offset, length)
            }
            2 => {
                let length = usize::from(flags & 15) + 1;
                Ok(cursor.bytes(length)?.to_vec())
            }
            _ => Err(Error::new(
                Problem::Unsupported("a name or attribute of more than 4 kB in a heap".into()),
                "take a shorter one",
            )),
        }
    }

    fn managed(&self, offset: u64, length: u64) -> Result<Vec<u8>> {
        let (mut block, mut rows, mut start) = (self.root, self.rows, 0_u64);
        let mut size = self.start;
        // Blocks get smaller from level to level.
        for _ in 0..64 {
            let within = offset.checked_sub(start).ok_or_else(beyond)?;
            if rows == 0 {
                let fits = within.checked_add(length).is_some_and(|end| end <= size);
                if !fits {
                    return Err(beyond());
                }
                return self.bytes.read(block.saturating_add(within), length);
            }
            let (row, column, first, block_size) = self.place(within)?;
            if row >= u64::from(rows) {
                return Err(beyond());
            }
            let entry = row * self.width + column;
            let address = self.entry(block, entry)?;
            start = start.saturating_add(first);
            block = address;
            size = block_size;
            rows = if block_size <= self.largest {
                0
            } else {
                (block_size.ilog2() - (self.start * self.width).ilog2() + 1) as u16
            };
        }
        Err(beyond())
    }

    /// Row, column, offset and size of the block that holds an offset of the doubling table.
    fn place(&self, within: u64) -> Result<(u64, u64, u64, u64)> {
        let first = self.start.checked_mul(self.width).ok_or_else(beyond)?;
        // Row 0 and row 1 have blocks of one size; from there on it doubles.
        let (row, row_start, size) = if within < first {
            (0, 0, self.start)
        } else {
            let doubled = u64::from((within / first).ilog2());
            let scale = 1_u64 << doubled;
            let row_start = first.checked_mul(scale).ok_or_else(beyond)?;
            (
                doubled + 1,
                row_start,
                self.start.checked_mul(scale).ok_or_else(beyond)?,
            )
        };
        let column = (within - row_start) / size;
        Ok((row, column, row_start + column * size, size))
    }

    /// The address in an entry of an indirect block; direct blocks and indirect ones stand in one list.
    fn entry(&self, block: u64, entry: u64) -> Result<u64> {
        let head = 4 + 1 + 8 + self.offset_width as u64;
        Cursor(&self.bytes.read(block, 4)?).expect(b"FHIB")?;
        let at = entry
            .checked_mul(8)
            .and_then(|at| at.checked_add(head))
            .and_then(|at| at.checked_add(block));
        Cursor(&self.bytes.read(at.ok_or_else(beyond)?, 8)?).u64()
    }
}

fn beyond() -> Error {
    Error::damaged("an object is beyond the end of its heap")
}
