//! Limits on what a graph may ask for: those of a message, and those of a model that grows.

pub use quant_lower::MAX_CONSTANT_BYTES;
pub use quant_protobuf::limits::{MAX_DEPTH, MAX_FIELDS, MAX_MESSAGE_BYTES};
