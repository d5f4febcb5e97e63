//! The search for layers that have to stay float, so that a metric holds, or since they are slower quantized.

mod batch;
mod binary;
mod files;
mod ranking;
mod times;

pub use batch::{Clock, End, Fastest, LayerTime, Round, Timing, batch_roll_back};
pub use binary::{Outcome, Probe, Trial, binary_search};
pub use files::{comparison_json, history_json, ranking_json, record_json};
pub use ranking::ranked;
pub use times::{ByTable, Row, Times};
