//! The door for outside bytes: Circle and TFLite files in and out.
//!
//! One schema reads both (see `quant-schema`). What a stage does not understand is carried along; what this
//! schema does not understand is an error.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]

pub mod appended;
mod check;
mod check_graph;
mod check_tensor;
mod convert;
mod export;
mod foreign;
mod layout;
mod read;
mod read_graph;
mod write;
mod write_graph;

pub use check::model as check;
pub use export::{Export, export};
pub use read::{import, import_shared};

use crate::FileFormat;

/// The hint of nearly everything that a converter does not write.
const CONVERT: &str = "convert the model again";

/// The four characters at byte 4 of a file.
fn identifier(format: FileFormat) -> &'static str {
    match format {
        FileFormat::Circle => "CIR0",
        FileFormat::Tflite => "TFL3",
    }
}
