//! What an observer is.

use quant_kernel::Range;

/// What is kept of one tensor while records pass. The memory of a state is bounded, or grows with what an exact answer
/// needs; the state is plain data.
///
/// A record leaves a sample, made by the thread that ran it; samples are added in the order of the records, so that
/// every observer gives the same bits on any number of threads.
pub trait Observer: Send + Sync {
    /// What one record leaves.
    type Sample: Send;

    /// What comes of [`Self::merge`].
    fn merging(&self) -> Merge;

    /// About how many bytes a sample takes: so many samples are in memory at once that they take no more than some
    /// 64 MiB in all.
    fn sample_bytes(&self) -> usize {
        size_of::<Self::Sample>()
    }

    /// Looks at the tensor in one record: its `values` that count (at least one; NaN may be among them) and their
    /// range, over which NaN and the lowest float are passed; where it does not read them ([`Self::reads_values`]), there may be
    /// none. Any thread calls it at any time, so that it must depend
    /// on the observer's parameters and not on the samples so far.
    fn sample(&self, values: &[f32], range: Range) -> Self::Sample;

    /// Whether [`Self::sample`] looks at the values, or at their range alone. A range is had without making all values at one
    /// time.
    fn reads_values(&self) -> bool {
        true
    }

    /// Adds the sample of the next record that has the tensor.
    fn add(&mut self, sample: Self::Sample);

    /// Adds what an observer with the same parameters saw in records behind those of this one.
    fn merge(&mut self, later: Self);

    /// The range; `None` when no record was seen.
    fn range(&self) -> Option<Range>;
}

/// What comes of the states of two parts of the records, put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Merge {
    /// The state of one run over both parts, in whatever order they are put together.
    AnyOrder,
    /// The state of one run over both parts when the second part follows the first.
    InOrder,
    /// About the state of one run.
    Approximate,
}
