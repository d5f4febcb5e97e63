//! The flows: from a float graph to factors and a quantized graph.

mod accuracy;
mod activations;
mod calibrate;
mod folded;
mod ranges;
mod rank;
mod streamed;

pub use accuracy::{AutoAccuracy, Evaluator, Known, Searched};
pub use calibrate::{Calibrated, Calibration, LayerFound};
pub use folded::Folding;
pub use rank::{Measure, rank};
