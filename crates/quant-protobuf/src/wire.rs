//! Protobuf's binary form (`protobuf.dev`, "Encoding"): read with the help of a description, written without.
//!
//! What is read is written as the same bytes, in the same order, but for numbers that took more bytes than they need.

mod read;
mod write;

pub use read::read;
pub use write::{length, varint, write};
