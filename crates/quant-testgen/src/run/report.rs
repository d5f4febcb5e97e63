//! A report: one self-contained page with every case, its tensors and its graph.
//!
//! The page is a head with style and script, and behind it one block of data for each case, appended as cases
//! end. So any number of threads and processes write the same page, it is whole at any moment, and nobody has
//! to know which case is the last.

#[cfg(feature = "core")]
mod all;
mod deviation;
mod page;

#[cfg(feature = "core")]
pub use all::write_all;
pub use page::FILE;
#[cfg(feature = "run")]
pub(super) use page::add_from_environment;
