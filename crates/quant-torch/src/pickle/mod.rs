//! Pickles as plain values: read without executing anything, written as CPython's pickler writes them.

mod callable;
mod graph;
mod machine;
mod opcode;
mod stack;
mod words;
mod write;

pub use callable::CALLABLE;
pub use graph::{Built, Call, Graph, Id, Object};
pub(crate) use machine::read;
pub(crate) use write::write;
