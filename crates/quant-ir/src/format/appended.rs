//! Bytes behind a model: the archive of label files that metadata writers append, or whatever else stands there.
//!
//! A FlatBuffer does not say where it ends. It ends where the shortest part of the file ends that is a sound FlatBuffer.

use crate::error::{Error, Problem, Result};

/// Bytes of an end-of-central-directory record without its comment, of a central header, of a local header's signature.
const END: usize = 22;
const HEADER: usize = 46;

/// Where the bytes behind a model begin; `None` when there are none but zeros.
///
/// `covered` is the end of the last bytes that the file names by position; `is_sound` tells whether the first bytes of
/// the file are a FlatBuffer, as the whole file is.
pub fn start(file: &[u8], covered: usize, align: usize, is_sound: impl Fn(&[u8]) -> bool) -> Option<usize> {
    let is_zero = |part: &[u8]| part.iter().all(|byte| *byte == 0);
    let sound = |end: usize| file.get(..end).is_some_and(&is_sound);
    if is_zero(file.get(covered..)?) {
        return None;
    }
    // From `low` on it may be sound, at `high` it is.
    let (mut low, mut high, mut step) = (covered, covered, align);
    while !sound(high) {
        low = high.saturating_add(1);
        high = high.saturating_add(step).min(file.len());
        step = step.saturating_mul(4);
        if high == file.len() {
            break;
        }
    }
    while low < high {
        let middle = low.midpoint(high);
        if sound(middle) {
            high = middle;
        } else {
            low = middle.saturating_add(1);
        }
    }
    let aligned = high.next_multiple_of(align).min(file.len());
    let padded = file.get(high..aligned).is_some_and(is_zero);
    let start = if padded { aligned } else { high };
    let rest = file.get(start..)?;
    (!is_zero(rest)).then_some(start)
}

/// The same bytes with the offsets of their archive counted from `base` bytes before them; `None` when they end in no
/// ZIP archive. An archive is found from its end, as readers of ZIP do, whatever its offsets counted from.
///
/// # Errors
/// `Unsupported`: an archive with 64-bit offsets.
pub fn rebased(bytes: &[u8], base: u64) -> Result<Option<Vec<u8>>> {
    let Some(end) = end_of_archive(bytes) else {
        return Ok(None);
    };
    let (size, offset) = (u32_at(bytes, end + 12), u32_at(bytes, end + 16));
    let (Some(size), Some(offset)) = (size, offset) else {
        return Ok(None);
    };
    if offset == u32::MAX || size == u32::MAX {
        return Err(Error::new(
            "file",
            Problem::Foreign(
                "the archive behind the model is a ZIP64, whose offsets would be wrong in another file"
                    .into(),
            ),
            "append its files to the new model, and give this command a model without them",
        ));
    }
    let Some(directory) = end.checked_sub(size as usize) else {
        return Ok(None);
    };
    let shift = directory as i64 - i64::from(offset);
    let mut new = bytes.to_vec();
    let mut at = directory;
    while at < end {
        let length = [28, 30, 32].map(|field| u16_at(bytes, at + field).map(usize::from));
        let ([Some(name), Some(extra), Some(comment)], Some(local)) = (length, u32_at(bytes, at + 42)) else {
            return Ok(None);
        };
        let place = usize::try_from(i64::from(local) + shift).ok();
        let local = place.filter(|place| has(bytes, *place, b"PK\x03\x04"));
        let (true, Some(local)) = (has(bytes, at, b"PK\x01\x02"), local) else {
            return Ok(None);
        };
        put(&mut new, at + 42, local, base);
        at += HEADER + name + extra + comment;
    }
    put(&mut new, end + 16, directory, base);
    Ok((at == end).then_some(new))
}

/// Where the record stands that ends an archive.
fn end_of_archive(bytes: &[u8]) -> Option<usize> {
    let last = bytes.len().checked_sub(END)?;
    let first = last.saturating_sub(usize::from(u16::MAX));
    (first..=last).rev().find(|at| {
        let comment = u16_at(bytes, at + 20).map(usize::from);
        has(bytes, *at, b"PK\x05\x06") && comment.is_some_and(|comment| at + END + comment == bytes.len())
    })
}

/// Writes an offset. One beyond four bytes stays without the base: readers find the beginning of the archive themselves.
fn put(bytes: &mut [u8], at: usize, offset: usize, base: u64) {
    // `u32::MAX` stands for "see the 64-bit record".
    let whole = u32::try_from(base + bytes.len() as u64).is_ok_and(|last| last < u32::MAX);
    let offset = offset as u64 + if whole { base } else { 0 };
    if let Some(place) = bytes.get_mut(at..at + 4) {
        place.copy_from_slice(&(offset as u32).to_le_bytes());
    }
}

fn has(bytes: &[u8], at: usize, signature: &[u8]) -> bool {
    bytes.get(at..).is_some_and(|rest| rest.starts_with(signature))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}
