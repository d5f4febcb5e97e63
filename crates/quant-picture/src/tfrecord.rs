//! TFRecord files: records one after the other, each as length (eight bytes), checksum of the length, bytes, checksum of
//! the bytes. Checksums are CRC32C, masked.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

use std::io::{self, Read, Seek, SeekFrom, Write};

use flate2::read::MultiGzDecoder;

use crate::crc32c::masked;
use crate::error::{Error, Kind, Result};
use crate::limits::MAX_RECORD_BYTES;

/// Bytes before those of a record: length and its checksum.
const HEAD: usize = 12;

/// Where a record stands in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its first byte, behind length and checksum.
    pub start: u64,
    /// How many bytes.
    pub length: u64,
}

fn io(error: &io::Error) -> Error {
    Error::new(Kind::Io, error.to_string(), "check the file")
}

/// The error of the record `number`, counted from 0.
fn wrong(number: usize, what: &str) -> Error {
    Error::invalid(format!("record {number}: {what}"), "write or copy the file again")
}

/// The length in a head, when its checksum is right.
fn length(head: &[u8; HEAD]) -> Option<u64> {
    let (length, checksum) = head.split_first_chunk::<8>()?;
    let checksum = u32::from_le_bytes(*checksum.first_chunk()?);
    (masked(length) == checksum).then_some(u64::from_le_bytes(*length))
}

/// Fills `bytes` as far as the reader goes.
fn fill(reader: &mut impl Read, bytes: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0_usize;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match reader.read(rest) {
            Ok(0) => break,
            Ok(count) => filled = filled.saturating_add(count),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// The length of the next record; `None` at the end.
fn head(reader: &mut impl Read, number: usize) -> Result<Option<u64>> {
    let mut head = [0; HEAD];
    match fill(reader, &mut head).map_err(|error| io(&error))? {
        0 => return Ok(None),
        HEAD => {}
        _ => return Err(wrong(number, "the file ends within it (truncated)")),
    }
    let length = length(&head).ok_or_else(|| wrong(number, "the checksum of its length is wrong"))?;
    if length > MAX_RECORD_BYTES {
        return Err(Error::new(
            Kind::Limit,
            format!("record {number}: {length} bytes, more than {MAX_RECORD_BYTES}"),
            "write smaller records",
        ));
    }
    Ok(Some(length))
}

/// Whether a file that begins so is compressed by gzip. A length may begin like gzip, but not with the right checksum.
pub fn is_gzip(bytes: &[u8]) -> bool {
    let plain = bytes.first_chunk().and_then(length).is_some();
    !plain && bytes.starts_with(&[0x1f, 0x8b, 8])
}

/// Where the records of a file of `size` bytes stand. Heads alone are read, so that a file of many gigabytes takes no
/// longer than its number of records; checksums of records are compared when they are read.
///
/// # Errors
/// The checksum of a length is wrong, the file ends within a record, or cannot be read.
pub fn index<R: Read + Seek>(mut reader: R, size: u64) -> Result<Vec<Place>> {
    let mut places: Vec<Place> = Vec::new();
    let mut start = 0_u64;
    loop {
        reader.seek(SeekFrom::Start(start)).map_err(|error| io(&error))?;
        let number = places.len();
        let Some(length) = head(&mut reader, number)? else {
            break;
        };
        start = start.saturating_add(12);
        places.push(Place { start, length });
        start = start.saturating_add(length).saturating_add(4);
        if start > size {
            return Err(wrong(number, "the file ends within it (truncated)"));
        }
    }
    Ok(places)
}

/// The bytes of the record `number` of a file.
///
/// # Errors
/// Their checksum is wrong, or they cannot be read.
pub fn read<R: Read + Seek>(mut reader: R, place: Place, number: usize) -> Result<Vec<u8>> {
    reader
        .seek(SeekFrom::Start(place.start))
        .map_err(|error| io(&error))?;
    body(&mut reader, place.length, number)
}

fn body(reader: &mut impl Read, length: u64, number: usize) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let wanted = length.saturating_add(4);
    // What comes decides how much memory is taken, not what the head says.
    let done = reader.take(wanted).read_to_end(&mut bytes);
    done.map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
            wrong(number, &format!("it cannot be decompressed: {error}"))
        }
        _ => io(&error),
    })?;
    if u64::try_from(bytes.len()) != Ok(wanted) {
        return Err(wrong(number, "the file ends within it (truncated)"));
    }
    let checksum = bytes.split_off(bytes.len().saturating_sub(4));
    let checksum = checksum.first_chunk().map(|bytes| u32::from_le_bytes(*bytes));
    if checksum != Some(masked(&bytes)) {
        return Err(wrong(
            number,
            "its checksum (CRC32C) is wrong, the bytes were changed",
        ));
    }
    Ok(bytes)
}

/// Takes the records of a compressed file out of it, one after the other, each checked, into a file without heads and
/// checksums that can be read at any place: gzip cannot. Memory is taken for one record.
///
/// # Errors
/// As [`index`] and [`read`], or `out` cannot be written.
pub fn unpack(reader: impl Read, mut out: impl Write) -> Result<Vec<Place>> {
    let mut reader = MultiGzDecoder::new(reader);
    let mut places = Vec::new();
    let mut start = 0_u64;
    loop {
        let number = places.len();
        let length = head(&mut reader, number).map_err(|error| match error.kind() {
            Kind::Io => wrong(number, &format!("it cannot be decompressed: {}", error.what())),
            _ => error,
        })?;
        let Some(length) = length else { break };
        let bytes = body(&mut reader, length, number)?;
        out.write_all(&bytes).map_err(|error| io(&error))?;
        places.push(Place { start, length });
        start = start.saturating_add(length);
    }
    out.flush().map_err(|error| io(&error))?;
    Ok(places)
}

/// A record as a file has it.
pub fn frame(bytes: &[u8]) -> Vec<u8> {
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_le_bytes();
    let checksum = masked(bytes).to_le_bytes();
    [&length[..], &masked(&length).to_le_bytes(), bytes, &checksum].concat()
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::as_conversions,
        clippy::arithmetic_side_effects
    )]

    use std::io::Cursor;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn all(file: &[u8]) -> Result<Vec<Vec<u8>>> {
        let places = index(Cursor::new(file), file.len() as u64)?;
        let read = |(number, place): (usize, &Place)| read(Cursor::new(file), *place, number);
        places.iter().enumerate().map(read).collect()
    }

    fn zipped(file: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(file).unwrap();
        encoder.finish().unwrap()
    }

    fn unpacked(file: &[u8]) -> Result<Vec<Vec<u8>>> {
        let mut out = Vec::new();
        let places = unpack(file, &mut out)?;
        let part = |place: &Place| out[place.start as usize..][..place.length as usize].to_vec();
        Ok(places.iter().map(part).collect())
    }

    #[test]
    fn records_come_back() {
        let records = [b"first".to_vec(), vec![], vec![7; 3000]];
        let file: Vec<u8> = records.iter().flat_map(|record| frame(record)).collect();
        // TensorFlow 2.15: `TFRecordWriter.write(b"first")`.
        assert_eq!(
            file[..21],
            *b"\x05\0\0\0\0\0\0\0\xea\xb2\x04\x3efirst\x55\xff\x23\xe5"
        );
        assert_eq!(all(&file).unwrap(), records);
        let packed = zipped(&file);
        assert!(is_gzip(&packed) && !is_gzip(&file));
        assert_eq!(unpacked(&packed).unwrap(), records);
        assert_eq!(unpacked(&[packed.clone(), packed].concat()).unwrap().len(), 6);
        assert_eq!(all(&[]).unwrap(), Vec::<Vec<u8>>::new());
        // 559,903 bytes: the length begins as gzip does.
        assert!(!is_gzip(&frame(&vec![0; 0x08_8b1f])));
    }

    #[test]
    fn damage_is_named() {
        let file: Vec<u8> = [b"first", b"other"]
            .iter()
            .flat_map(|record| frame(*record))
            .collect();
        for cut in 1..file.len() {
            if cut == file.len() / 2 {
                continue;
            }
            let number = usize::from(cut > file.len() / 2);
            for result in [all(&file[..cut]), unpacked(&zipped(&file[..cut]))] {
                let error = result.unwrap_err();
                assert!(
                    error.what().starts_with(&format!("record {number}: "))
                        && error.what().contains("truncated"),
                    "{cut}: {error}"
                );
            }
        }
        for at in 0..file.len() {
            let mut changed = file.clone();
            changed[at] ^= 1;
            let number = at / (file.len() / 2);
            let error = all(&changed).unwrap_err();
            assert!(
                error.what().starts_with(&format!("record {number}: ")) && error.what().contains("checksum"),
                "{at}: {error}"
            );
            assert_eq!(unpacked(&zipped(&changed)).unwrap_err(), error);
        }
        let packed = zipped(&file);
        for cut in 0..packed.len() {
            assert!(unpacked(&packed[..cut]).is_err(), "{cut}");
        }
    }
}
