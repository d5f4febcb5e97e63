//! Filters of chunks: deflate, shuffle, Fletcher's checksum.

use std::io::Read;

use flate2::bufread::ZlibDecoder;

use crate::checksum::fletcher32;
use crate::error::{Error, Problem, Result};
use crate::source::Cursor;

/// Most filters of a dataset, as in the format's own limit.
const MOST: u8 = 32;

/// A filter, and its first parameter.
#[derive(Clone, Debug)]
struct Filter {
    id: u16,
    parameter: Option<u32>,
}

/// The filters of a dataset, in the order of writing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filters(Vec<Filter>);

impl Filters {
    /// Reads a filter message, and refuses filters that are not known.
    pub(crate) fn parse(body: &[u8]) -> Result<Self> {
        let mut cursor = Cursor(body);
        let version = cursor.u8()?;
        let count = cursor.u8()?;
        if !matches!(version, 1 | 2) || count > MOST {
            return Err(Error::damaged("the list of filters makes no sense"));
        }
        cursor.skip(if version == 1 { 6 } else { 0 })?;
        let mut filters = Vec::new();
        for _ in 0..count {
            let id = cursor.u16()?;
            let named = version == 1 || id >= 256;
            let length = if named { usize::from(cursor.u16()?) } else { 0 };
            cursor.skip(2)?;
            let parameters = usize::from(cursor.u16()?);
            let padded = if version == 1 {
                length.next_multiple_of(8)
            } else {
                length
            };
            cursor.skip(padded)?;
            let values = cursor.bytes(parameters * 4)?;
            if version == 1 && parameters % 2 == 1 {
                cursor.skip(4)?;
            }
            if !(1..=3).contains(&id) {
                let name = match id {
                    4 => "szip".to_owned(),
                    5 => "nbit".to_owned(),
                    6 => "scaleoffset".to_owned(),
                    32000 => "lzf".to_owned(),
                    other => format!("number {other}"),
                };
                return Err(Error::new(
                    Problem::Filter(name),
                    "write the dataset plain, or with compression='gzip'",
                ));
            }
            filters.push(Filter {
                id,
                parameter: values.first_chunk().map(|bytes| u32::from_le_bytes(*bytes)),
            });
        }
        Ok(Self(filters))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Undoes the filters, except those that `mask` says were left out; gives the `wanted` bytes of a chunk.
    pub(crate) fn undo(
        &self,
        mut bytes: Vec<u8>,
        mask: u32,
        element: usize,
        wanted: usize,
    ) -> Result<Vec<u8>> {
        for (number, filter) in self.0.iter().enumerate().rev() {
            if mask >> number & 1 != 0 {
                continue;
            }
            bytes = match filter.id {
                // A checksum behind the data may be inside the compressed bytes, so allow for it.
                1 => inflate(&bytes, wanted.saturating_add(4))?,
                2 => unshuffle(&bytes, filter.parameter.map_or(element, |size| size as usize)),
                _ => checked(bytes)?,
            };
        }
        if bytes.len() != wanted {
            return Err(Error::damaged(format!(
                "a chunk has {} bytes and not {wanted}",
                bytes.len()
            )));
        }
        Ok(bytes)
    }
}

/// Uncompresses, at most so many bytes.
fn inflate(bytes: &[u8], most: usize) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    ZlibDecoder::new(bytes)
        .take(most as u64 + 1)
        .read_to_end(&mut out)
        .map_err(|error| Error::damaged(Problem::Inflate(error.to_string())).caused_by(error))?;
    if out.len() > most {
        return Err(Error::damaged("a chunk uncompresses to more than its size"));
    }
    Ok(out)
}

/// Shuffled bytes are all first bytes of the elements, then all second ones; a rest stays as it is.
fn unshuffle(bytes: &[u8], element: usize) -> Vec<u8> {
    let count = bytes.len() / element.max(1);
    if element <= 1 || count <= 1 {
        return bytes.to_vec();
    }
    let (whole, rest) = bytes.split_at(count * element);
    let mut out = vec![0; whole.len()];
    for (place, plane) in whole.chunks(count).enumerate() {
        for (to, from) in out.iter_mut().skip(place).step_by(element).zip(plane) {
            *to = *from;
        }
    }
    out.extend(rest);
    out
}

fn checked(mut bytes: Vec<u8>) -> Result<Vec<u8>> {
    let wrong = || {
        Error::damaged(Problem::Checksum {
            what: "a chunk's checksum",
        })
    };
    let data = bytes.len().checked_sub(4).ok_or_else(wrong)?;
    let stored = bytes.split_off(data);
    let stored = stored.first_chunk().ok_or_else(wrong)?;
    // A half that is 0 modulo 65535 is stored as either.
    let halves = |sum: u32| ((sum >> 16) % 65535, (sum & 0xffff) % 65535);
    if halves(u32::from_le_bytes(*stored)) == halves(fletcher32(&bytes)) {
        return Ok(bytes);
    }
    Err(wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shuffling_is_undone() {
        assert_eq!(unshuffle(&[1, 4, 2, 5, 3, 6, 9], 3), [1, 2, 3, 4, 5, 6, 9]);
        assert_eq!(unshuffle(&[1, 2], 4), [1, 2]);
    }
}
