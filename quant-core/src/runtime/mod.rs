//! What runtimes make of a model: which operators they have in which types, and where they compute something else than
//! the model says. A file may be right by its format and still not run.

pub mod litert;
mod table;
mod unfit;

pub use table::Verdict;
pub use unfit::{Unfit, unfit};
