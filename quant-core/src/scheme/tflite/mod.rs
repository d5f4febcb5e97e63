//! TensorFlow Lite's quantizers: what each of them makes of a float model with recorded ranges.
//!
//! A flavour is a folder with its own table of operators, formulas and steps: nothing of one is read by another. All of
//! them take the model as `record` leaves it (ranges in the tensors' parameters), change it, and tell which operators
//! [stayed float](Kept).

pub mod common;
pub mod dynamic;
mod flavour;
mod flavours;
pub mod float16;
pub mod int8;
mod options;
pub mod qat;
pub mod recipe;
pub mod statistics;
pub mod steps;
pub mod uint8;

pub use super::kept::{Kept, Why};
pub use super::selector::{NoSelector, Selector};
pub use flavour::{Flavour, Kind, Wish};
pub use flavours::{FLAVOURS, named};
pub use options::Options;
