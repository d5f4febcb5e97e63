//! Calibrators of onnxruntime: from the values of tensors to their ranges.
//!
//! A histogram's bins depend on the ends of a whole batch, which onnxruntime keeps in memory for that. Here the records are
//! run twice: first for the ends of each ([`ends`]), then to count ([`histogram`]).
#![allow(clippy::indexing_slicing)] // bins and edges are counted from the same numbers

pub mod cache;
pub mod ends;
pub mod entropy;
pub mod histogram;
pub mod method;
pub mod numpy;
pub mod threshold;

pub use method::{Calibration, Method};
