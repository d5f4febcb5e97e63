//! Messages of a known type in text form (`.pbtxt`).
//!
//! Fields that the schema does not know are written with their numbers: `7: 5` is a varint, `7: 0x` with eight or sixteen
//! digits four or eight bytes, `7: "…"` bytes. They are read back the same way, so that nothing is lost.

mod read;
mod write;

pub use read::read;
pub use write::write;
