//! Stage 2: the model runs on records, and every float activation's range is kept beside it.
//!
//! [`run`] does it all. By itself, a [`Pass`] lets [`Observer`]s see the tensors of every record, and what they keep
//! ([`Recorded`]) becomes ranges in the model.

mod arrays;
mod fit;
mod mode;
mod note;
mod observer;
mod observers;
mod options;
mod outlier;
mod overrides;
mod pass;
mod passes;
mod recorded;
pub mod recording;
mod records;
mod seeing;
mod wire;

pub use arrays::ArrayRecords;
pub use fit::{Fitted, record_shape};
pub use mode::Mode;
pub use note::{NotNumbers, Note};
pub use observer::{Merge, Observer};
pub use observers::{
    AnyObserver, AnySample, BINS, Ema, Entropy, Exponential, Histogram, MinMax, MovingAverage, Percentile,
    Running, SquaredError, Values,
};
pub use options::RecordOptions;
pub use outlier::Outlier;
pub use overrides::{Overrides, Rule};
pub use pass::{Pass, keeps_state};
pub use recorded::Recorded;
pub use records::{RandomRecords, Records, SliceRecords, text_record};

use quant_ir::Model;
use quant_ir::error::Result;

use passes::Passes;

/// Runs the model on every record and stores minimum and maximum of graph inputs and float activations in
/// their quantization parameters. `progress` is told each finished record; other parameters stay. Returns what somebody
/// should know: the records that decide a range alone, each with the first tensor where that shows, and NaN that was passed
/// over.
///
/// With [`Mode::Running`], LSTMs get the tensors of their intermediate results first
/// ([`crate::scheme::tflite::common::intermediates`]).
///
/// Threads take the next record each, or share the work within operators when there are fewer records than threads.
/// What they see is added in the order of the records, so that any number of threads gives the same bytes. Memory does
/// not grow with the number of records, but for the values that percentiles of records need ([`Percentile`]). Observers of
/// histograms over the extremes see the records twice ([`Mode::needs_edges`]).
///
/// # Errors
/// No records, a record that does not fit, an operator that cannot run, a tensor of which a record has no
/// number at all, a range that no scale can hold, an override of a tensor that the model does not have. The model stays as it
/// was.
pub fn run(
    model: &mut Model,
    records: &dyn Records,
    options: &RecordOptions,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Vec<Note>> {
    let mut with = model.clone();
    let passes = Passes::new(&mut with, options, records.len())?;
    let part = 0..records.len();
    let edges = if options.needs_edges() {
        Some(passes.edges(&with, records, part.clone(), progress)?)
    } else {
        None
    };
    let notes = passes
        .run(&with, records, part, edges.as_ref(), progress)?
        .write(&mut with)?;
    *model = with;
    Ok(notes)
}
