//! Stage 2: the model runs on records, and every float activation's range is kept beside it.
//!
//! [`run`] does it all. By itself, a [`Pass`] lets [`Observer`]s see the tensors of every record, and what they keep
//! ([`Recorded`]) becomes ranges in the model.

mod arrays;
mod fit;
mod note;
mod observer;
mod observers;
mod outlier;
mod pass;
mod recorded;
mod records;

pub use arrays::ArrayRecords;
pub use fit::{Fitted, record_shape};
pub use note::{NotNumbers, Note};
pub use observer::{Merge, Observer};
pub use observers::{Exponential, MinMax, Mode, MovingAverage, Percentile, Running};
pub use outlier::Outlier;
pub use pass::Pass;
pub use recorded::Recorded;
pub use records::{RandomRecords, Records, SliceRecords, text_record};

use crate::scheme::tflite::common::intermediates;
use quant_interp::FloatProfile;
use quant_ir::Model;
use quant_ir::error::Result;

/// How to record.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RecordOptions {
    /// How the ranges of single records become one.
    pub mode: Mode,
    /// How many threads of the current rayon pool run the model, at most; with 1, the caller's does. A pool of more or
    /// fewer threads than the processor has: `rayon::ThreadPool::install`. The result does not depend on it.
    pub threads: usize,
    /// Values of this or less stand for "no value" (the −1e9 of masks), as the lowest float does: no range counts them.
    pub lowest: Option<f32>,
    /// Whose floats the model computes: those of ONE's `record-minmax` are its own to the last bit, and take longer.
    pub floats: FloatProfile,
}

impl Default for RecordOptions {
    fn default() -> Self {
        Self {
            mode: Mode::default(),
            threads: 1,
            lowest: None,
            floats: FloatProfile::default(),
        }
    }
}

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
/// not grow with the number of records, but for the values that percentiles need ([`Percentile`]).
///
/// # Errors
/// No records, a record that does not fit, an operator that cannot run, a tensor of which a record has no
/// number at all, a range that no scale can hold. The model stays as it was.
pub fn run(
    model: &mut Model,
    records: &dyn Records,
    options: &RecordOptions,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Vec<Note>> {
    options.mode.check()?;
    if options.mode == Mode::Running {
        intermediates::add(model)?;
    }
    let pass = Pass {
        records,
        part: 0..records.len(),
        threads: options.threads,
        lowest: options.lowest,
        floats: options.floats,
        progress,
    };
    match options.mode {
        Mode::MinMax => pass.run(model, |_| MinMax::default())?.write(model),
        Mode::Percentile { min, max } => {
            let observer = Percentile::new(min, max, records.len());
            pass.run(model, |_| observer.clone())?.write(model)
        }
        Mode::MovingAverage { batch, constant } => {
            let observer = MovingAverage::new(batch, constant, 0);
            pass.run(model, |_| observer.clone())?.write(model)
        }
        Mode::Running => pass.run(model, |_| Running::default())?.write(model),
        Mode::Exponential => pass.run(model, |_| Exponential::default())?.write(model),
    }
}
