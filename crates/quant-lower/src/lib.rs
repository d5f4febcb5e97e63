//! From another framework's graph to a model: what does not depend on the framework.
//!
//! A [`Builder`] holds the model while nodes are lowered into it, one after the other: it infers shapes, computes what
//! depends on constants alone, and knows where channels are, so that a value is transposed only when somebody asks for it in
//! the other layout. [`fuse`] then does what one operator of a model can do where a graph has several nodes.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

mod asked;
mod builder;
pub mod elementwise;
mod fuse;
mod layout;
mod limits;
mod op;
mod options;
mod pairs;
mod steps;

pub use asked::Lowering;
pub use builder::{Builder, Quantized, Stored};
pub use fuse::{fuse, fuse_seen};
pub use limits::MAX_CONSTANT_BYTES;
pub use op::{Op, Words, moved_axis, plain};
pub use steps::{add, mul};
