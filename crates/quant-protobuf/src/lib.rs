//! Protobuf messages without a generator: a message is a tree of fields that keeps its order and what nobody knows.
//!
//! A table ([`schema::MessageType`]) says the names and kinds of the fields; the tables stand with those who read the files.
//! [`wire`] is the binary form, [`pbtxt`] the text form of messages of a known type, [`text`] that of messages of any kind.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::as_conversions,
        clippy::arithmetic_side_effects
    )
)]

pub mod array;
mod attributes;
pub mod limits;
pub mod message;
pub mod packed;
pub mod pbtxt;
pub mod schema;
pub mod text;
pub mod wire;
