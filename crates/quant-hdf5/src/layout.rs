//! Where a dataset's elements are.

use crate::error::{Error, Problem, Result};
use crate::source::Cursor;

/// A chunk in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chunk {
    pub(crate) address: u64,
    /// Bytes in the file.
    pub(crate) size: u64,
    /// Filters that were left out.
    pub(crate) mask: u32,
}

/// The layout of a dataset.
#[derive(Clone, Debug)]
pub(crate) enum Layout {
    /// In the header.
    Compact(Vec<u8>),
    /// In one piece.
    Contiguous { address: u64, size: u64 },
    /// In chunks.
    Chunked(Chunked),
}

/// Chunks of one size, the last one of an axis filled up.
#[derive(Clone, Debug)]
pub(crate) struct Chunked {
    /// Elements along each axis.
    pub(crate) dims: Vec<u64>,
    pub(crate) index: Index,
    /// Where the index is.
    pub(crate) address: u64,
}

/// How chunks are found.
#[derive(Clone, Debug)]
pub(crate) enum Index {
    BTree1,
    /// One chunk; with its size and left-out filters when it is filtered.
    Single(Option<(u64, u32)>),
    Implicit,
    FixedArray,
    ExtensibleArray,
    BTree2,
}

/// Reads a layout message, versions 3 to 5.
pub(crate) fn parse(body: &[u8]) -> Result<Layout> {
    let mut cursor = Cursor(body);
    let version = cursor.u8()?;
    if !(3..=5).contains(&version) {
        return Err(Error::new(
            Problem::Version {
                what: "data layout",
                version,
            },
            "write the file with h5py",
        ));
    }
    match cursor.u8()? {
        0 => {
            let size = usize::from(cursor.u16()?);
            Ok(Layout::Compact(cursor.bytes(size)?.to_vec()))
        }
        1 => Ok(Layout::Contiguous {
            address: cursor.u64()?,
            size: cursor.u64()?,
        }),
        2 if version == 3 => {
            let rank = usize::from(cursor.u8()?);
            let address = cursor.u64()?;
            let index = Index::BTree1;
            let dims = dims(&mut cursor, rank, 4)?;
            Ok(Layout::Chunked(Chunked { dims, index, address }))
        }
        2 => {
            let flags = cursor.u8()?;
            let rank = usize::from(cursor.u8()?);
            let width = usize::from(cursor.u8()?);
            let dims = dims(&mut cursor, rank, width)?;
            let index = match cursor.u8()? {
                1 if flags & 2 != 0 => Index::Single(Some((cursor.u64()?, cursor.u32()?))),
                1 => Index::Single(None),
                2 => Index::Implicit,
                3 => {
                    cursor.skip(1)?;
                    Index::FixedArray
                }
                4 => {
                    cursor.skip(5)?;
                    Index::ExtensibleArray
                }
                5 => {
                    cursor.skip(6)?;
                    Index::BTree2
                }
                other => return Err(Error::damaged(format!("chunk index of kind {other}"))),
            };
            let address = cursor.u64()?;
            Ok(Layout::Chunked(Chunked { dims, index, address }))
        }
        3 => Err(Error::new(
            Problem::Unsupported("a virtual dataset".into()),
            "write its values into the file itself",
        )),
        other => Err(Error::damaged(format!("data layout of class {other}"))),
    }
}

/// The sizes of a chunk; the last one is that of an element, in bytes, and is left out.
fn dims(cursor: &mut Cursor<'_>, rank: usize, width: usize) -> Result<Vec<u64>> {
    let mut dims: Vec<u64> = (0..rank).map(|_| cursor.uint(width)).collect::<Result<_>>()?;
    if dims.pop().is_none() || dims.is_empty() || dims.contains(&0) || dims.len() > 32 {
        return Err(Error::damaged("the sizes of chunks make no sense"));
    }
    Ok(dims)
}
