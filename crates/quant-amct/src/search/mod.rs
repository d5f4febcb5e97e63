//! The search for layers that have to stay float, so that a metric holds.

mod binary;
mod files;
mod ranking;

pub use binary::{Outcome, Probe, Trial, binary_search};
pub use files::{ranking_json, record_json};
pub use ranking::ranked;
