//! What fuzz targets and hostile tests run: each target takes bytes that may be anything, and panics when the program
//! under test does what it must never do (a panic of its own, a result that contradicts another).
//!
//! `fuzz/` runs the targets under libFuzzer; `tests/hostile` runs them on stable Rust, on the files of
//! `tests/hostile/<target>/`.

pub mod choices;
pub mod crafted;
pub mod mutate;
pub mod patch;
pub mod seeds;
pub mod targets;

pub use targets::{TARGETS, Target};
