//! What families of quantizers decide: a folder each, and nothing of another's.
//!
//! A family is a [`Scheme`]: a name, how it wants ranges, and what it makes of a model. One whose work the shared passes do
//! ([`pass`]) says what it [decides](Decisions): its table of operators, its formulas, its flags; the passes ask these, and
//! know no family. What such families share stands once: the words of their tables ([`rule`]) and of what tensors become
//! ([`setting`]). One more family is one more folder and a line of [`Schemes::default`]; a family of one's own, outside
//! this crate, is handed to a [`crate::config::Config`] as it is.

mod decisions;
mod kept;
pub mod one;
pub mod pass;
mod registry;
pub mod rule;
mod selector;
pub mod setting;
pub mod tflite;

pub use crate::config::{Calibration, Scheme};
pub use decisions::{Decisions, Parameter, Unruled};
pub use kept::{Kept, Why};
pub use registry::{Schemes, find, standard};
pub use selector::{NoSelector, Selector};
