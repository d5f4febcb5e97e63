//! Chunk indices that are arrays: fixed ones, and those that grow along one axis.

use crate::checksum;
use crate::error::{Error, Result};
use crate::layout::Chunk;
use crate::source::{Bytes, Cursor, NOWHERE};

/// Told the number of a chunk and where it is.
type Take<'a> = dyn FnMut(u64, Chunk) -> Result<()> + 'a;

/// Elements of an array: an address, and of filtered chunks a size and the filters that were left out.
struct Elements<'a> {
    bytes: &'a Bytes,
    /// Bytes of an element.
    width: usize,
    /// A chunk without filters.
    plain: Chunk,
    /// How many chunks the dataset has.
    wanted: u64,
}

impl Elements<'_> {
    /// Hands on the elements in `bytes`, of which the first has the number `first`.
    fn list(&self, bytes: &[u8], first: u64, take: &mut Take<'_>) -> Result<()> {
        for (number, element) in (first..self.wanted).zip(bytes.chunks(self.width)) {
            let mut cursor = Cursor(element);
            let address = cursor.u64()?;
            let chunk = match self.width {
                8 => Chunk {
                    address,
                    ..self.plain
                },
                width => Chunk {
                    address,
                    size: cursor.uint(width - 12)?,
                    mask: cursor.u32()?,
                },
            };
            take(number, chunk)?;
        }
        Ok(())
    }

    /// Elements at an address, each page with its checksum behind it; nothing is read of pages that the bitmap lacks.
    fn pages(&self, at: u64, first: u64, count: u64, page: &Pages<'_>, take: &mut Take<'_>) -> Result<()> {
        for number in 0..count.div_ceil(page.elements) {
            let start = number * page.elements;
            if first.saturating_add(start) >= self.wanted {
                break;
            }
            if !page.has(number) {
                continue;
            }
            let length = (count - start).min(page.elements) * self.width as u64;
            // Each page has a full page's room.
            let room = page.elements * self.width as u64 + 4;
            let bytes = self
                .bytes
                .read(at.saturating_add(number.saturating_mul(room)), length + 4)?;
            checksum::verify(&bytes, length as usize)?;
            self.list(&bytes[..length as usize], first + start, take)?;
        }
        Ok(())
    }

    fn new(bytes: &Bytes, client: u8, width: u8, plain: Chunk, wanted: u64) -> Result<Elements<'_>> {
        let width = usize::from(width);
        if !matches!((client, width), (0, 8) | (1, 13..=20)) {
            return Err(Error::damaged("the elements of a chunk index make no sense"));
        }
        Ok(Elements {
            bytes,
            width,
            plain,
            wanted,
        })
    }
}

/// Which pages of a block are there: bits of a map, the highest of a byte first, from one on.
struct Pages<'a> {
    /// Elements of a page.
    elements: u64,
    bitmap: &'a [u8],
    first: u64,
}

impl Pages<'_> {
    fn has(&self, number: u64) -> bool {
        let bit = self.first.saturating_add(number);
        let byte = self.bitmap.get((bit / 8) as usize).copied().unwrap_or(0);
        byte & 0x80 >> (bit % 8) != 0
    }
}

fn senseless() -> Error {
    Error::damaged("the header of a chunk index makes no sense")
}

/// Chunks of a dataset of fixed size.
pub(crate) fn fixed(
    bytes: &Bytes,
    address: u64,
    plain: Chunk,
    wanted: u64,
    take: &mut Take<'_>,
) -> Result<()> {
    let head = bytes.read(address, 28)?;
    checksum::verify(&head, 24)?;
    let mut cursor = Cursor(&head);
    cursor.expect(b"FAHD\0")?;
    let elements = Elements::new(bytes, cursor.u8()?, cursor.u8()?, plain, wanted)?;
    let page_bits = u32::from(cursor.u8()?);
    let count = cursor.u64()?;
    let block = cursor.u64()?;
    if block == NOWHERE {
        return Ok(());
    }
    let page = 1_u64
        .checked_shl(page_bits)
        .filter(|page| *page < 1 << 32)
        .ok_or_else(senseless)?;
    let all = count
        .checked_mul(elements.width as u64)
        .filter(|all| *all <= bytes.size());
    let all = all.ok_or_else(senseless)?;
    let paged = count > page;
    let inner = if paged {
        count.div_ceil(page).div_ceil(8)
    } else {
        all
    };
    let head = bytes.read(block, 14 + inner + 4)?;
    checksum::verify(&head, 14 + inner as usize)?;
    let mut cursor = Cursor(&head);
    cursor.expect(b"FADB\0")?;
    cursor.skip(1 + 8)?;
    let inner = cursor.bytes(inner as usize)?;
    if paged {
        let pages = block.saturating_add(head.len() as u64);
        let page = Pages {
            elements: page,
            bitmap: inner,
            first: 0,
        };
        elements.pages(pages, 0, count, &page, take)
    } else {
        elements.list(inner, 0, take)
    }
}

/// The numbers of an extensible array's header.
struct Extensible<'a> {
    elements: Elements<'a>,
    /// Bytes of an offset within the array.
    offset_width: u64,
    /// Elements of a page.
    page: u64,
}

/// Chunks of a dataset that grows along one axis.
pub(crate) fn extensible(
    bytes: &Bytes,
    address: u64,
    plain: Chunk,
    wanted: u64,
    take: &mut Take<'_>,
) -> Result<()> {
    let head = bytes.read(address, 72)?;
    checksum::verify(&head, 68)?;
    let mut cursor = Cursor(&head);
    cursor.expect(b"EAHD\0")?;
    let elements = Elements::new(bytes, cursor.u8()?, cursor.u8()?, plain, wanted)?;
    let bits = u64::from(cursor.u8()?);
    let in_index = u64::from(cursor.u8()?);
    let smallest = u64::from(cursor.u8()?);
    let pointers = u64::from(cursor.u8()?);
    let page_bits = u32::from(cursor.u8()?);
    cursor.skip(8 * 6)?;
    let index = cursor.u64()?;
    if index == NOWHERE {
        return Ok(());
    }
    let page = 1_u64
        .checked_shl(page_bits)
        .filter(|page| *page < 1 << 32)
        .ok_or_else(senseless)?;
    if !smallest.is_power_of_two() || !pointers.is_power_of_two() || bits > 64 {
        return Err(senseless());
    }
    let array = Extensible {
        elements,
        offset_width: bits.div_ceil(8),
        page,
    };
    let supers = (1 + bits)
        .checked_sub(u64::from(smallest.ilog2()))
        .ok_or_else(senseless)?;
    let direct = 2 * u64::from(pointers.ilog2());
    let blocks = 2 * (pointers - 1);
    let width = array.elements.width as u64;
    let size = 14 + in_index * width + 8 * (blocks + supers.saturating_sub(direct));
    let block = bytes.read(index, size + 4)?;
    checksum::verify(&block, size as usize)?;
    let mut cursor = Cursor(&block);
    cursor.expect(b"EAIB\0")?;
    cursor.skip(1 + 8)?;
    array
        .elements
        .list(cursor.bytes((in_index * width) as usize)?, 0, take)?;
    // Super block u has 2^(u/2) blocks of smallest · 2^((u+1)/2) elements; the first ones stand here themselves.
    let mut first = in_index;
    for number in 0..supers {
        let (count, size) = (1_u64 << (number / 2), smallest << number.div_ceil(2));
        if first >= wanted {
            break;
        }
        if number < direct {
            for _ in 0..count {
                array.block(cursor.u64()?, first, size, None, take)?;
                first = first.saturating_add(size);
            }
        } else {
            array.super_block(cursor.u64()?, first, count, size, take)?;
            first = first.saturating_add(count.saturating_mul(size));
        }
    }
    Ok(())
}

impl Extensible<'_> {
    fn super_block(
        &self,
        address: u64,
        mut first: u64,
        count: u64,
        size: u64,
        take: &mut Take<'_>,
    ) -> Result<()> {
        if address == NOWHERE {
            return Ok(());
        }
        let bytes = self.elements.bytes;
        let pages = if size > self.page {
            (size / self.page).div_ceil(8)
        } else {
            0
        };
        let head = 14 + self.offset_width;
        let all = pages.checked_add(8).and_then(|each| each.checked_mul(count));
        let all = all
            .and_then(|all| all.checked_add(head + 4))
            .ok_or_else(senseless)?;
        let block = bytes.read(address, all)?;
        checksum::verify(&block, block.len() - 4)?;
        let mut cursor = Cursor(&block);
        cursor.expect(b"EASB\0")?;
        cursor.skip(head as usize - 5)?;
        let bitmap = cursor.bytes((pages * count) as usize)?;
        for number in 0..count {
            // The bits of the blocks follow each other, whatever bytes each has.
            let page = Pages {
                elements: self.page,
                bitmap,
                first: number * (size / self.page),
            };
            let page = (pages > 0).then_some(&page);
            self.block(cursor.u64()?, first, size, page, take)?;
            first = first.saturating_add(size);
        }
        Ok(())
    }

    /// A block of `size` elements; with a map its elements are in pages.
    fn block(
        &self,
        address: u64,
        first: u64,
        size: u64,
        page: Option<&Pages<'_>>,
        take: &mut Take<'_>,
    ) -> Result<()> {
        if address == NOWHERE || first >= self.elements.wanted {
            return Ok(());
        }
        let bytes = self.elements.bytes;
        let head = 14 + self.offset_width;
        Cursor(&bytes.read(address, 5)?).expect(b"EADB\0")?;
        if let Some(page) = page {
            let pages = address.saturating_add(head + 4);
            return self.elements.pages(pages, first, size, page, take);
        }
        let length = size
            .checked_mul(self.elements.width as u64)
            .ok_or_else(senseless)?;
        let length = length.checked_add(head).ok_or_else(senseless)?;
        let block = bytes.read(address, length.checked_add(4).ok_or_else(senseless)?)?;
        checksum::verify(&block, length as usize)?;
        let inner = block.get(head as usize..length as usize).unwrap_or_default();
        self.elements.list(inner, first, take)
    }
}
