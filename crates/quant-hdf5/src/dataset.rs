//! Datasets: shape, type, elements.

use crate::chunks;
use crate::datatype::{self, Stored, Type};
use crate::error::{Error, Problem, Result};
use crate::filters::Filters;
use crate::header::{Header, kind};
use crate::layout::{self, Layout};
use crate::source::{Bytes, Cursor, NOWHERE};

/// A dataset.
pub struct Dataset<'a> {
    bytes: &'a Bytes,
    path: String,
    shape: Vec<u64>,
    stored: Stored,
    layout: Layout,
    filters: Filters,
    /// One element where nothing was written.
    fill: Option<Vec<u8>>,
}

impl<'a> Dataset<'a> {
    pub(crate) fn open(bytes: &'a Bytes, path: String, address: u64) -> Result<Self> {
        let place = path.clone();
        let open = || {
            let header = Header::read(bytes, address)?;
            let need = |kind| {
                header
                    .find(kind)?
                    .ok_or_else(|| Error::new(Problem::NotDataset, "put a dataset there"))
            };
            let layout = need(kind::LAYOUT)?;
            if header.find(kind::EXTERNAL)?.is_some() {
                return Err(Error::new(
                    Problem::Unsupported("elements in other files".into()),
                    "put them in this one",
                ));
            }
            let filters = header.find(kind::FILTERS)?.map(Filters::parse);
            Ok(Self {
                bytes,
                path,
                shape: dataspace(need(kind::DATASPACE)?)?,
                stored: datatype::parse(need(kind::DATATYPE)?)?,
                layout: layout::parse(layout)?,
                filters: filters.transpose()?.unwrap_or_default(),
                fill: header.find(kind::FILL_VALUE)?.map(fill).transpose()?.flatten(),
            })
        };
        open().map_err(|error: Error| error.within(place))
    }

    /// The path in the file.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Elements along each axis; none for a scalar.
    pub fn shape(&self) -> &[u64] {
        &self.shape
    }

    /// What the elements are.
    pub fn dtype(&self) -> &Type {
        &self.stored.dtype
    }

    /// Bytes of all elements; `None` when they are no number that fits.
    pub fn size(&self) -> Option<usize> {
        let elements = self.shape.iter().try_fold(1_u64, |n, d| n.checked_mul(*d))?;
        usize::try_from(elements.checked_mul(self.stored.size as u64)?).ok()
    }

    /// The elements, row-major, little-endian, which must be `expected` bytes: the caller says how much memory it
    /// wants to give, the file does not.
    ///
    /// # Errors
    /// Another size; a layout or filter that is not supported; a damaged file.
    pub fn read(&self, expected: usize) -> Result<Vec<u8>> {
        self.elements(expected).map_err(|error| error.within(&self.path))
    }

    fn elements(&self, expected: usize) -> Result<Vec<u8>> {
        if self.size() != Some(expected) {
            let found = self.size();
            return Err(Error::new(
                Problem::Size { found, expected },
                "give it the right shape and type",
            ));
        }
        let mut out = match &self.layout {
            Layout::Compact(bytes) => bytes.clone(),
            Layout::Contiguous { address: NOWHERE, .. } => self.filled(expected),
            Layout::Contiguous { address, size } => {
                if *size < expected as u64 {
                    return Err(Error::damaged(Problem::Incomplete {
                        found: *size,
                        expected: expected as u64,
                    }));
                }
                self.bytes.read(*address, expected as u64)?
            }
            Layout::Chunked(layout) => {
                if layout.dims.len() != self.shape.len() {
                    return Err(Error::damaged("chunks have other axes than their dataset"));
                }
                let mut out = self.filled(expected);
                let reader = chunks::Reader {
                    bytes: self.bytes,
                    layout,
                    shape: &self.shape,
                    element: self.stored.size,
                    filters: &self.filters,
                };
                reader.read(&mut out)?;
                out
            }
        };
        if out.len() != expected {
            return Err(Error::damaged(Problem::Incomplete {
                found: out.len() as u64,
                expected: expected as u64,
            }));
        }
        if self.stored.big_endian && self.stored.size > 1 {
            out.chunks_mut(self.stored.size).for_each(<[u8]>::reverse);
        }
        Ok(out)
    }

    /// So many bytes of the fill value.
    fn filled(&self, count: usize) -> Vec<u8> {
        match &self.fill {
            Some(fill) if fill.len() == self.stored.size => {
                fill.iter().copied().cycle().take(count).collect()
            }
            _ => vec![0; count],
        }
    }
}

/// The axes of a dataspace message.
fn dataspace(body: &[u8]) -> Result<Vec<u64>> {
    let mut cursor = Cursor(body);
    let version = cursor.u8()?;
    let rank = cursor.u8()?;
    cursor.skip(1)?;
    match version {
        1 => cursor.skip(5)?,
        2 if cursor.u8()? == 2 => {
            return Err(Error::new(Problem::NoElements, "write numbers"));
        }
        2 => {}
        other => return Err(Error::damaged(format!("dataspace of version {other}"))),
    }
    if rank > 32 {
        return Err(Error::damaged(format!("{rank} axes")));
    }
    (0..rank).map(|_| cursor.u64()).collect()
}

/// The fill value of a message; `None` when there is none.
fn fill(body: &[u8]) -> Result<Option<Vec<u8>>> {
    let mut cursor = Cursor(body);
    let defined = match cursor.u8()? {
        1 => {
            cursor.skip(3)?;
            true
        }
        2 => {
            cursor.skip(2)?;
            cursor.u8()? != 0
        }
        _ => cursor.u8()? & 0x20 != 0,
    };
    if !defined {
        return Ok(None);
    }
    let size = cursor.u32()? as usize;
    Ok((size > 0 && size <= cursor.0.len()).then(|| cursor.0[..size].to_vec()))
}
