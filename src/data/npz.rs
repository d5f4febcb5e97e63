//! Archives of NumPy arrays (`numpy.savez`, `savez_compressed`): a member for each graph input, by its name.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

use flate2::Crc;
use flate2::read::DeflateDecoder;

use super::column::Place;
use super::inputs::Inputs;
use super::npy::NpyRecords;
use crate::failure::{Failure, Result};
use crate::used_files;

/// Bytes of the list of members; each takes some hundred.
const MAX_DIRECTORY: u64 = 1 << 24;

/// A member of the archive.
struct Member {
    name: String,
    method: u16,
    crc: u32,
    packed: u64,
    size: u64,
    header: u64,
}

/// Records of an archive.
pub fn open(path: &Path, inputs: &Inputs) -> Result<NpyRecords> {
    used_files::read(path);
    let fail = |error: io::Error| match error.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => Failure::Invalid(format!(
            "{}: damaged .npz file: {error}; write it with numpy.savez",
            path.display()
        )),
        _ => Failure::io(path, &error),
    };
    let mut file = File::open(path).map_err(fail)?;
    if file.metadata().map_err(fail)?.is_dir() {
        return Err(fail(io::ErrorKind::IsADirectory.into()));
    }
    let members = members(&mut file).map_err(fail)?;
    let mut places = Vec::with_capacity(inputs.tensors.len());
    for index in 0..inputs.tensors.len() {
        let member = find(&members, inputs, index).ok_or_else(|| {
            let names: Vec<String> = members
                .iter()
                .map(|member| format!("`{}`", stem(member)))
                .collect();
            Failure::Invalid(format!(
                "{}: it has no array for input `{}`; name arrays as the inputs: {}; the file has {}",
                path.display(),
                inputs.names(index).next().unwrap_or_default(),
                inputs.list(),
                names.join(", ")
            ))
        })?;
        let shown = format!("{}: {}", path.display(), member.name);
        places.push(place(path, &mut file, member, shown).map_err(fail)?);
    }
    NpyRecords::of(places, inputs)
}

fn stem(member: &Member) -> &str {
    member.name.strip_suffix(".npy").unwrap_or(&member.name)
}

/// The member of an input: of its name, or the only one for the only input, or `arr_N` as `numpy.savez` calls arrays
/// without a name.
fn find<'a>(members: &'a [Member], inputs: &Inputs, index: usize) -> Option<&'a Member> {
    let by_name = |name: &str| members.iter().find(|member| stem(member) == name);
    let named = inputs.names(index).find_map(by_name);
    let alone = match members {
        [only] if inputs.tensors.len() == 1 => Some(only),
        _ => None,
    };
    named.or(alone).or_else(|| by_name(&format!("arr_{index}")))
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// Numbers of a header, little-endian, one after the other.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn bytes(&mut self, count: usize) -> io::Result<&'a [u8]> {
        let (taken, rest) = self
            .0
            .split_at_checked(count)
            .ok_or_else(|| damaged("a header is cut"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self, size: usize) -> io::Result<u64> {
        let bytes = self.bytes(size)?.iter().rev();
        Ok(bytes.fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn u16(&mut self) -> io::Result<u16> {
        Ok(u16::try_from(self.number(2)?).unwrap_or_default())
    }

    fn u32(&mut self) -> io::Result<u32> {
        Ok(u32::try_from(self.number(4)?).unwrap_or_default())
    }
}

/// The list of members, which stands at the end of the file.
fn members(file: &mut File) -> io::Result<Vec<Member>> {
    const END: &[u8] = b"PK\x05\x06";
    const END_64: &[u8] = b"PK\x06\x06";
    let length = file.metadata()?.len();
    // The end has 22 bytes and a comment of up to 65,535; in front of it may be 76 of the 64-bit form.
    let tail_start = length.saturating_sub(22 + 65_535 + 76);
    let mut tail = Vec::new();
    file.seek(SeekFrom::Start(tail_start))?;
    file.take(22 + 65_535 + 76).read_to_end(&mut tail)?;
    let last = |magic: &[u8]| tail.windows(4).rposition(|window| window == magic);
    let at = last(END).ok_or_else(|| damaged("it is no zip archive, or its end is missing"))?;
    let mut end = Fields(tail.get(at..).unwrap_or_default());
    end.bytes(10)?;
    let (mut count, mut size, mut start) = (end.number(2)?, end.number(4)?, end.number(4)?);
    if (count == 0xffff || size == 0xffff_ffff || start == 0xffff_ffff)
        && let Some(at) = last(END_64)
    {
        let mut end = Fields(tail.get(at..).unwrap_or_default());
        end.bytes(32)?;
        (count, size, start) = (end.number(8)?, end.number(8)?, end.number(8)?);
    }
    if size > MAX_DIRECTORY {
        return Err(damaged("its list of members is too long"));
    }
    let mut directory = Vec::new();
    file.seek(SeekFrom::Start(start))?;
    file.take(size).read_to_end(&mut directory)?;
    let mut fields = Fields(&directory);
    let mut members = Vec::new();
    for _ in 0..count {
        members.push(member(&mut fields)?);
    }
    Ok(members)
}

fn member(fields: &mut Fields<'_>) -> io::Result<Member> {
    if fields.bytes(4)? != b"PK\x01\x02" {
        return Err(damaged("its list of members is wrong"));
    }
    fields.bytes(4)?;
    let (flags, method) = (fields.u16()?, fields.u16()?);
    fields.bytes(4)?;
    let crc = fields.u32()?;
    let (mut packed, mut size) = (fields.number(4)?, fields.number(4)?);
    let lengths = [fields.u16()?, fields.u16()?, fields.u16()?].map(usize::from);
    fields.bytes(8)?;
    let mut header = fields.number(4)?;
    let name = String::from_utf8_lossy(fields.bytes(lengths[0])?).into_owned();
    let mut extra = Fields(fields.bytes(lengths[1])?);
    fields.bytes(lengths[2])?;
    while extra.0.len() >= 4 {
        let (id, length) = (extra.u16()?, extra.u16()?);
        let mut wide = Fields(extra.bytes(usize::from(length))?);
        if id == 1 {
            for number in [&mut size, &mut packed, &mut header] {
                if *number == 0xffff_ffff {
                    *number = wide.number(8)?;
                }
            }
        }
    }
    if flags & 1 != 0 || !matches!(method, 0 | 8) {
        return Err(damaged(&format!(
            "`{name}` is encrypted, or packed in another way than numpy's"
        )));
    }
    Ok(Member {
        name,
        method,
        crc,
        packed,
        size,
        header,
    })
}

/// Where the bytes of a member are: in the archive, or, when they are compressed, in a file without a name, which goes with the
/// command.
fn place(path: &Path, file: &mut File, member: &Member, shown: String) -> io::Result<Place> {
    let mut head = [0; 30];
    file.seek(SeekFrom::Start(member.header))?;
    file.read_exact(&mut head)?;
    let mut fields = Fields(&head);
    if fields.bytes(4)? != b"PK\x03\x04" {
        return Err(damaged("a member does not stand where the list says"));
    }
    fields.bytes(22)?;
    let behind = u64::from(fields.u16()?).saturating_add(u64::from(fields.u16()?));
    let start = member.header.saturating_add(30).saturating_add(behind);
    if start.saturating_add(member.packed) > file.metadata()?.len() {
        return Err(damaged(&format!("`{}` is cut", member.name)));
    }
    // A file that is opened again has a place of its own to read at.
    let mut source = File::open(path)?;
    if member.method == 0 {
        return Ok(Place {
            shown,
            file: source,
            start,
            length: member.size.min(member.packed),
        });
    }
    source.seek(SeekFrom::Start(start))?;
    let spill = tempfile::tempfile()?;
    let mut out = BufWriter::new(&spill);
    let packed = BufReader::new(source).take(member.packed);
    // One byte more than it claims shows that it claims too little.
    let mut reader = DeflateDecoder::new(packed).take(member.size.saturating_add(1));
    let (mut crc, mut length) = (Crc::new(), 0_u64);
    let mut piece = vec![0; 1 << 16];
    loop {
        let count = reader.read(&mut piece)?;
        let bytes = piece.get(..count).unwrap_or_default();
        if bytes.is_empty() {
            break;
        }
        crc.update(bytes);
        out.write_all(bytes)?;
        length = length.saturating_add(u64::try_from(count).unwrap_or_default());
    }
    out.flush()?;
    drop(out);
    if length != member.size || crc.sum() != member.crc {
        return Err(damaged(&format!("the checksum of `{}` is wrong", member.name)));
    }
    Ok(Place {
        shown,
        file: spill,
        start: 0,
        length,
    })
}
