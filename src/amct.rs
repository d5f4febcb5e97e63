//! AMCT's flows on files: what the verbs `quant amct …` and the program `amct_tensorflow` share.

pub mod accuracy;
mod batches;
pub mod flows;
mod log;
pub mod measuring;
pub mod model;
pub mod program;
mod save;
pub mod speed;

pub use batches::Batched;
pub use log::Log;
pub use model::{InputShape, Outputs};
pub use save::Saved;
