//! The quantizer: bytes in, bytes or values out.
#![forbid(unsafe_code)]

pub mod config;
pub mod dump;
pub mod error;
pub mod fake_quantize;
pub mod format;
pub mod interp;
pub mod ir;
pub mod limits;
pub mod numeric;
pub mod ops;
pub mod quantize;
pub mod recipe;
pub mod record;
pub mod value;
pub mod weight_error;
pub mod weights_only;

pub use error::{Error, ErrorKind, Result};
