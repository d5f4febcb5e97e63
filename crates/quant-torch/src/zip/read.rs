//! The entries of a zip archive.

use super::{CENTRAL, CENTRAL_BYTES, END, END_BYTES, LOCAL, LOCAL_BYTES};
use crate::error::{Error, Place, Problem, Result};
use crate::limits::{MAX_ENTRIES, MAX_NAME_BYTES};
use crate::source::Source;

/// An entry.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Its whole name, with `/` between the parts.
    pub name: String,
    /// Where its data begin in the file.
    pub offset: u64,
    /// Bytes of its data.
    pub size: u64,
    /// Their CRC-32.
    pub crc: u32,
}

fn damaged(place: impl Into<Place>, what: impl Into<String>) -> Error {
    Error::new(
        place,
        Problem::Archive(what.into()),
        "the file is damaged or cut off; save or copy it again",
    )
}

/// A little-endian number of two bytes.
fn u16_at(bytes: &[u8], at: usize) -> Result<u16> {
    let part = bytes.get(at..).and_then(<[u8]>::first_chunk);
    Ok(u16::from_le_bytes(
        *part.ok_or_else(|| damaged("zip", "a header ends early"))?,
    ))
}

/// A little-endian number of four bytes.
fn u32_at(bytes: &[u8], at: usize) -> Result<u32> {
    let part = bytes.get(at..).and_then(<[u8]>::first_chunk);
    Ok(u32::from_le_bytes(
        *part.ok_or_else(|| damaged("zip", "a header ends early"))?,
    ))
}

/// The entries, in the order of the archive's directory.
///
/// # Errors
/// The archive is damaged, compressed, encrypted, or has names that lead out of it.
pub(crate) fn entries(source: &dyn Source) -> Result<Vec<Entry>> {
    let size = source.size()?;
    let (count, start, bytes) = directory(source, size)?;
    let mut entries = Vec::new();
    let mut at = 0;
    for _ in 0..count {
        let (entry, used) = central(source, size, &bytes, at)?;
        if entry.offset + entry.size > start {
            return Err(damaged(entry.name, "the data reach beyond the file"));
        }
        entries.push(entry);
        at += used;
    }
    let mut names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
    names.sort_unstable();
    if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(damaged(pair[0], "the archive has two entries of this name"));
    }
    let mut places: Vec<&Entry> = entries.iter().filter(|entry| entry.size > 0).collect();
    places.sort_unstable_by_key(|entry| entry.offset);
    if let Some(pair) = places
        .windows(2)
        .find(|pair| pair[0].offset + pair[0].size > pair[1].offset)
    {
        return Err(damaged(
            pair[1].name.clone(),
            "the data lie inside those of another entry",
        ));
    }
    Ok(entries)
}

/// The count of entries, and where the directory begins, and its bytes.
fn directory(source: &dyn Source, size: u64) -> Result<(usize, u64, Vec<u8>)> {
    // The end may have a comment of up to 64 KiB behind it.
    let tail_size = size.min(END_BYTES as u64 + u64::from(u16::MAX));
    let mut tail = vec![0; tail_size as usize];
    source.read_at(size - tail_size, &mut tail)?;
    let signature = END.to_le_bytes();
    let place = tail
        .windows(END_BYTES)
        .rposition(|window| window.starts_with(&signature));
    let place = place.ok_or_else(|| damaged("zip", "the archive has no end"))?;
    let end = &tail[place..];
    let (disk, count) = (u16_at(end, 4)?, u16_at(end, 10)?);
    let (length, start) = (u32_at(end, 12)?, u32_at(end, 16)?);
    if count == u16::MAX || length == u32::MAX || start == u32::MAX || usize::from(count) > MAX_ENTRIES {
        return Err(Error::new(
            "zip",
            Problem::Limit("the archive is of the 64-bit kind, for more than 4 GiB or 65,534 entries".into()),
            "split the checkpoint",
        ));
    }
    if disk != 0 {
        return Err(damaged("zip", "the archive is one of several parts"));
    }
    let (start, length) = (u64::from(start), u64::from(length));
    if start + length > size {
        return Err(damaged("zip", "the directory reaches beyond the file"));
    }
    let mut bytes = vec![0; length as usize];
    source.read_at(start, &mut bytes)?;
    Ok((usize::from(count), start, bytes))
}

/// The entry whose central header begins at `at`, and the header's length.
fn central(source: &dyn Source, size: u64, bytes: &[u8], at: usize) -> Result<(Entry, usize)> {
    let header = bytes.get(at..).unwrap_or_default();
    if u32_at(header, 0)? != CENTRAL {
        return Err(damaged("zip", "the directory has a header that is none"));
    }
    let (flags, method) = (u16_at(header, 8)?, u16_at(header, 10)?);
    let (crc, packed, length) = (u32_at(header, 16)?, u32_at(header, 20)?, u32_at(header, 24)?);
    let name_length = usize::from(u16_at(header, 28)?);
    let rest = usize::from(u16_at(header, 30)?) + usize::from(u16_at(header, 32)?);
    let offset = u64::from(u32_at(header, 42)?);
    let name = header.get(CENTRAL_BYTES..CENTRAL_BYTES + name_length);
    let name = name.ok_or_else(|| damaged("zip", "a name ends early"))?;
    let name = checked_name(name)?;
    if flags & 1 != 0 || method != 0 || packed != length {
        return Err(Error::new(
            name,
            Problem::Unsupported("the entry is compressed or encrypted, which torch.save never does".into()),
            "save the checkpoint with torch.save",
        ));
    }
    let mut local = [0; LOCAL_BYTES];
    if offset + LOCAL_BYTES as u64 > size {
        return Err(damaged(name, "the entry lies beyond the file"));
    }
    source.read_at(offset, &mut local)?;
    if u32_at(&local, 0)? != LOCAL || usize::from(u16_at(&local, 26)?) != name_length {
        return Err(damaged(name, "the entry has no header where its data are"));
    }
    let before = LOCAL_BYTES + name_length + usize::from(u16_at(&local, 28)?);
    let entry = Entry {
        name,
        offset: offset + before as u64,
        size: u64::from(length),
        crc,
    };
    Ok((entry, CENTRAL_BYTES + name_length + rest))
}

/// A name that stays below the archive.
fn checked_name(bytes: &[u8]) -> Result<String> {
    let name = String::from_utf8(bytes.to_vec()).map_err(|_| damaged("zip", "a name is no UTF-8"))?;
    let strange = |part: &str| part.is_empty() || part == "." || part == "..";
    if name.len() > MAX_NAME_BYTES
        || name.contains(['\\', '\0'])
        || name.trim_end_matches('/').split('/').any(strange)
    {
        return Err(Error::new(
            "zip",
            Problem::UnsafeName(name),
            "do not trust this file; save the checkpoint with torch.save",
        ));
    }
    Ok(name)
}
