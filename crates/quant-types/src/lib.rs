//! Words that every part shares: granularity and quantized type, the layers of a quantization configuration, and the
//! JSON in which tensors are shown and goldens are kept. Nothing here computes.

mod axes;
pub mod golden;
pub mod json;
pub mod limits;
pub mod qconf;
pub mod records;

pub use axes::{Granularity, QuantType, UnknownWord};
