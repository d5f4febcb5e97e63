//! Words that every part shares: granularity and quantized type, the layers of a quantization configuration, and the
//! JSON in which tensors are shown and goldens are kept. Nothing here computes.
//!
//! ```
//! use quant_types::{Granularity, QuantType};
//!
//! assert_eq!("int16".parse(), Ok(QuantType::Int16));
//! assert_eq!(Granularity::Channel.to_string(), "channel");
//! ```

mod axes;
pub mod golden;
pub mod json;
pub mod limits;
pub mod npy;
pub mod qconf;
pub mod records;

pub use axes::{Granularity, QuantType, UnknownWord};
