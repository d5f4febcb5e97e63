//! From a list of models and a tree of golden values to typed tests.
//!
//! Build side: [`build`] is the whole of a `build.rs`. It reads `test.lst` (and `test.local.lst`) beside
//! `Cargo.toml`, checks that the trees hold exactly what the rows need, and writes a manifest of cases and
//! errors that `quant_macros::value_tests!` turns into tests or compile errors. It computes no value. [`build_with`] takes
//! words of the package's own for granularities, types and stages.
//!
//! Test side (feature `run`): the `run` module runs one case and compares every tensor with its golden. The
//! feature `core` adds `quant-core` as a quantizer under test, and external commands.
//!
//! To use it in another package: this crate as build-dependency (`quant_testgen::build()` in `build.rs`)
//! and, with the feature `run`, as dev-dependency beside `quant-macros`; then
//! `quant_macros::value_tests!(quantizer = Mine);` in one file of `tests/`. `examples/third-party` is one.

mod build;
mod claims;
mod fingerprint;
mod manifest;
pub mod markers;
pub mod results;
#[cfg(feature = "check")]
pub mod run;
mod scan;

pub use build::{build, build_in, build_with, manifest_of};
pub use manifest::{FILE, HEADER};
pub use quant_case::Words;
pub use scan::{LeftOver, left_over};

/// The folders that hold files of cases.
pub(crate) const TREES: [&str; 4] = ["recipes", "config_files", "test_inputs", "expected_outputs"];

#[cfg(feature = "run")]
#[doc(hidden)]
pub use insta;

/// The snippets of docs/generator.md compile.
#[cfg(all(doctest, feature = "run", feature = "core"))]
#[doc = include_str!("../../../docs/generator.md")]
struct Snippets;
