//! Chunks of a dataset: the list of them, and their elements put in place.

use crate::array;
use crate::btree2;
use crate::error::{Error, Problem, Result};
use crate::filters::Filters;
use crate::layout::{Chunk, Chunked, Index};
use crate::source::{Budget, Bytes, Cursor, NOWHERE};

/// A dataset of chunks.
pub(crate) struct Reader<'a> {
    pub(crate) bytes: &'a Bytes,
    pub(crate) layout: &'a Chunked,
    /// Elements of the dataset along each axis; as many axes as a chunk has.
    pub(crate) shape: &'a [u64],
    /// Bytes of an element.
    pub(crate) element: usize,
    pub(crate) filters: &'a Filters,
}

impl Reader<'_> {
    /// Writes the elements of all chunks into `out`, which has the dataset's size and holds the fill value.
    pub(crate) fn read(&self, out: &mut [u8]) -> Result<()> {
        if self.layout.address == NOWHERE || out.is_empty() {
            return Ok(());
        }
        let elements = self.layout.dims.iter().try_fold(1_u64, |n, d| n.checked_mul(*d));
        let size = elements.and_then(|n| n.checked_mul(self.element as u64));
        // h5py's chunks are small; a chunk beyond this is a claim.
        let size = size.filter(|size| *size < 1 << 32).ok_or_else(|| {
            Error::new(
                Problem::Unsupported("chunks of more than 4 GB".into()),
                "write smaller chunks",
            )
        })?;
        let grid: Vec<u64> = self
            .shape
            .iter()
            .zip(&self.layout.dims)
            .map(|(n, d)| n.div_ceil(*d))
            .collect();
        let count = grid
            .iter()
            .try_fold(1_u64, |n, d| n.checked_mul(*d))
            .unwrap_or(u64::MAX);
        let mut left = count;
        let mut take = |place: &[u64], chunk: Chunk| {
            // Each chunk once: an index that names one again and again costs no time.
            left = left
                .checked_sub(1)
                .ok_or_else(|| Error::damaged("more chunks than fit"))?;
            self.place(place, chunk, size, out)
        };
        let plain = Chunk {
            address: 0,
            size,
            mask: 0,
        };
        let mut nth = |number: u64, chunk: Chunk| {
            if number >= count || chunk.address == NOWHERE {
                return Ok(());
            }
            let mut rest = number;
            let mut place: Vec<u64> = grid
                .iter()
                .rev()
                .map(|d| {
                    let at = rest % d;
                    rest /= d;
                    at
                })
                .collect();
            place.reverse();
            take(&place, chunk)
        };
        let address = self.layout.address;
        match &self.layout.index {
            Index::BTree1 => self.btree1(&self.bytes.budget(), address, 32, &mut take),
            Index::Single(filtered) => {
                let (size, mask) = filtered.unwrap_or((size, 0));
                nth(0, Chunk { address, size, mask })
            }
            Index::Implicit => {
                if count.checked_mul(size).is_none_or(|all| all > self.bytes.size()) {
                    return Err(Error::damaged("the chunks are beyond the end of the file"));
                }
                (0..count).try_for_each(|number| {
                    let address = address.saturating_add(number * size);
                    nth(number, Chunk { address, ..plain })
                })
            }
            Index::FixedArray => array::fixed(self.bytes, address, plain, count, &mut nth),
            Index::ExtensibleArray => array::extensible(self.bytes, address, plain, count, &mut nth),
            Index::BTree2 => self.btree2(size, &mut take),
        }
    }

    fn btree1(
        &self,
        budget: &Budget,
        node: u64,
        depth: u8,
        take: &mut dyn FnMut(&[u64], Chunk) -> Result<()>,
    ) -> Result<()> {
        budget.spend()?;
        let head = self.bytes.read(node, 8)?;
        let mut cursor = Cursor(&head);
        cursor.expect(b"TREE\x01")?;
        let level = cursor.u8()?;
        let count = u64::from(cursor.u16()?);
        if level >= depth {
            return Err(Error::damaged("the levels of a tree do not descend"));
        }
        let rank = self.layout.dims.len();
        let row = 8 + 8 * (rank as u64 + 1) + 8;
        let rows = self.bytes.read(node.saturating_add(24), count * row)?;
        for row in rows.chunks(row as usize) {
            let mut cursor = Cursor(row);
            let (size, mask) = (u64::from(cursor.u32()?), cursor.u32()?);
            let place: Vec<u64> = (0..rank).map(|_| cursor.u64()).collect::<Result<_>>()?;
            cursor.skip(8)?;
            let address = cursor.u64()?;
            if level > 0 {
                self.btree1(budget, address, level, take)?;
                continue;
            }
            let scaled: Vec<u64> = place
                .iter()
                .zip(&self.layout.dims)
                .map(|(at, d)| at / d)
                .collect();
            take(&scaled, Chunk { address, size, mask })?;
        }
        Ok(())
    }

    fn btree2(&self, plain: u64, take: &mut dyn FnMut(&[u64], Chunk) -> Result<()>) -> Result<()> {
        let rank = self.layout.dims.len();
        btree2::records(self.bytes, self.layout.address, &[10, 11], &mut |record| {
            let mut cursor = Cursor(record);
            let address = cursor.u64()?;
            let (size, mask) = match record.len().checked_sub(8 + 8 * rank) {
                Some(0) => (plain, 0),
                Some(more) if more > 4 => (cursor.uint(more - 4)?, cursor.u32()?),
                _ => return Err(Error::damaged("records of chunks make no sense")),
            };
            let place: Vec<u64> = (0..rank).map(|_| cursor.u64()).collect::<Result<_>>()?;
            take(&place, Chunk { address, size, mask })
        })
    }

    /// Copies a chunk's elements to where they belong. `place` counts chunks along each axis.
    fn place(&self, place: &[u64], chunk: Chunk, size: u64, out: &mut [u8]) -> Result<()> {
        let dims = &self.layout.dims;
        let start: Vec<u64> = place
            .iter()
            .zip(dims)
            .map(|(at, d)| at.saturating_mul(*d))
            .collect();
        if chunk.address == NOWHERE || start.iter().zip(self.shape).any(|(at, n)| at >= n) {
            return Ok(());
        }
        if self.filters.is_empty() && chunk.size != size {
            return Err(Error::damaged("a plain chunk has another size than the others"));
        }
        let stored = self.bytes.read(chunk.address, chunk.size)?;
        let data = self
            .filters
            .undo(stored, chunk.mask, self.element, size as usize)?;
        let axes: Vec<Axis> = start
            .iter()
            .zip(self.shape)
            .zip(dims)
            .map(|((start, total), chunk)| Axis {
                start: *start as usize,
                total: *total as usize,
                chunk: *chunk as usize,
                count: (total - start).min(*chunk) as usize,
            })
            .collect();
        copy(&axes, self.element, &data, 0, out, 0)
    }
}

/// One axis of a chunk within its dataset, in elements.
struct Axis {
    start: usize,
    total: usize,
    chunk: usize,
    /// Elements of the chunk that lie within the dataset.
    count: usize,
}

/// Copies the part that both have, axis by axis; rows of the last axis are copied at once. `from` and `to` are numbers
/// of elements, of the axes before.
fn copy(axes: &[Axis], element: usize, data: &[u8], from: usize, out: &mut [u8], to: usize) -> Result<()> {
    let Some((axis, rest)) = axes.split_first() else {
        return Ok(());
    };
    let (from, to) = (from * axis.chunk, to * axis.total + axis.start);
    if rest.is_empty() {
        let source = data.get(from * element..(from + axis.count) * element);
        let target = out.get_mut(to * element..(to + axis.count) * element);
        let (Some(source), Some(target)) = (source, target) else {
            return Err(Error::damaged("a chunk is beyond its dataset"));
        };
        target.copy_from_slice(source);
        return Ok(());
    }
    (0..axis.count).try_for_each(|at| copy(rest, element, data, from + at, out, to + at))
}
