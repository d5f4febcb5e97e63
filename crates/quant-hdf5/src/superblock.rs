//! The superblock: where the root group is. Versions 0 to 3, behind a user block of any size.

use crate::checksum;
use crate::error::{Error, Problem, Result};
use crate::source::{Bytes, Cursor};

/// What a file begins with.
pub(crate) const SIGNATURE: &[u8; 8] = b"\x89HDF\r\n\x1a\n";

/// Finds the superblock; gives the address of the root group's header, and bytes that know their base.
pub(crate) fn open(bytes: Bytes) -> Result<(Bytes, u64)> {
    let mut base = 0;
    loop {
        let front = bytes.read_up_to(base, 8)?;
        if front == SIGNATURE {
            break;
        }
        // The signature stands at 0, 512, 1024, 2048, …
        base = if base == 0 { 512 } else { base.saturating_mul(2) };
        if base >= bytes.size() {
            return Err(Error::new(Problem::NotHdf5, "write it with h5py"));
        }
    }
    let bytes = bytes.at_base(base);
    let front = bytes.read_up_to(0, 96)?;
    let mut cursor = Cursor(&front);
    cursor.skip(8)?;
    let version = cursor.u8()?;
    let root = match version {
        0 | 1 => {
            cursor.skip(4)?;
            widths(cursor.u8()?, cursor.u8()?)?;
            // A reserved byte, sizes of groups, flags, in version 1 the size of chunk trees; then four addresses, of
            // which the first is the base and the third the end, and the root's entry: its name, its header.
            cursor.skip(1 + 4 + 4 + if version == 1 { 4 } else { 0 })?;
            cursor.skip(8 * 2)?;
            end(&bytes, cursor.u64()?)?;
            cursor.skip(8 + 8)?;
            cursor.u64()?
        }
        2 | 3 => {
            widths(cursor.u8()?, cursor.u8()?)?;
            checksum::verify(&front, 44)?;
            cursor.skip(1 + 8 * 2)?;
            end(&bytes, cursor.u64()?)?;
            cursor.u64()?
        }
        other => {
            return Err(Error::new(
                Problem::Version {
                    what: "superblock",
                    version: other,
                },
                "write the file with h5py",
            ));
        }
    };
    Ok((bytes, root))
}

/// The file must reach to where the superblock says that it ends, counted with the user block.
fn end(bytes: &Bytes, end: u64) -> Result<()> {
    if end <= bytes.total() {
        return Ok(());
    }
    let problem = Problem::CutShort {
        found: bytes.total(),
        expected: end,
    };
    Err(Error::new(
        problem,
        "the file is cut short, copy or write it again",
    ))
}

/// Addresses and lengths of eight bytes are all that libraries write.
fn widths(addresses: u8, lengths: u8) -> Result<()> {
    if (addresses, lengths) == (8, 8) {
        return Ok(());
    }
    Err(Error::new(
        Problem::Unsupported(format!("addresses of {addresses} and lengths of {lengths} bytes")),
        "write the file with h5py, which takes 8",
    ))
}
