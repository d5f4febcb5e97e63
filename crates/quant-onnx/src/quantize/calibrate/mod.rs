//! Calibrators.
#![allow(clippy::indexing_slicing)] // bins and edges are counted from the same numbers
pub mod ends;
pub mod entropy;
pub mod histogram;
pub mod numpy;
pub mod threshold;
