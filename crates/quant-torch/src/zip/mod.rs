//! Zip archives as torch writes them: stored entries whose data begin at multiples of 64 bytes. Facts of the
//! format: PKWARE's APPNOTE.TXT.

mod read;
mod write;

pub(crate) use read::entries;
pub(crate) use write::Writer;

/// Where data begin: multiples of it.
const ALIGNMENT: u64 = 64;

const LOCAL: u32 = 0x0403_4b50;
const DESCRIPTOR: u32 = 0x0807_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const END64: u32 = 0x0606_4b50;
const END64_PLACE: u32 = 0x0706_4b50;

/// Bytes of a local header, a central one and the end, without what varies in length.
const LOCAL_BYTES: usize = 30;
const CENTRAL_BYTES: usize = 46;
const END_BYTES: usize = 22;
