//! Parts of a model that are carried, not read: generated schema objects behind a closed door.

use quant_schema as schema;

/// The options of an operator, every field of the file kept.
///
/// Each operator that has a kernel reads and writes its own view of them (see [`crate::ops`]).
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    pub(crate) first: schema::BuiltinOptionsT,
    pub(crate) second: schema::BuiltinOptions2T,
}

impl Default for Options {
    fn default() -> Self {
        Self { first: schema::BuiltinOptionsT::NONE, second: schema::BuiltinOptions2T::NONE }
    }
}

impl Options {
    pub(crate) fn new(first: schema::BuiltinOptionsT) -> Self {
        Self { first, second: schema::BuiltinOptions2T::NONE }
    }
}

/// A part of the file that no stage reads, kept as it was.
#[derive(Clone, Debug, PartialEq)]
pub struct Opaque<T>(pub(crate) T);
