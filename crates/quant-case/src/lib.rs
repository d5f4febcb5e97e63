//! One case of the test bench, described without quantizing anything.
//!
//! A case is a row of `test.lst` (model, granularity, type) and what lies beside it: the recipe of the
//! model, the inputs, a mixed-precision configuration, and the golden values of every tensor that a stage
//! produces. Build script, test runner, oracle and quantizer all read these through this crate, so that
//! "which tensors must have a golden" ([`expected`]) has one answer.

pub mod amct;
pub mod attributes;
pub mod axes;
pub mod case;
pub mod checkpoint;
pub mod compare;
pub mod expected;
pub mod hash;
pub mod layout;
pub mod limits;
mod line;
pub mod list;
pub mod lists;
mod matrix;
pub mod model;
mod names;
pub mod npy;
pub mod onnx;
pub mod operators;
pub mod outline;
pub mod recipe;
pub mod record_files;
pub mod records;
pub mod row;
pub mod text_file;
pub mod textproto;
pub mod tflite;
pub mod uses;
mod word;
pub mod words;

pub use axes::{Device, Method, Stage};
pub use case::Case;
pub use quant_types::{Granularity, QuantType, UnknownWord, golden, json, qconf};
pub use word::Word;
pub use words::Words;
