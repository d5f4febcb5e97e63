//! How to record.

use quant_interp::FloatProfile;

use super::{Mode, Overrides};

/// How to record.
#[derive(Clone, Debug, PartialEq)]
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
    /// The mode in whose way records are run, in place of `mode`: with TensorFlow Lite's quantizers records are run in
    /// sequence whatever observes them ([`super::Pass::sequence`]), but for ONE's own observers.
    pub like: Option<Mode>,
    /// Tensors with a range or an observer of their own.
    pub overrides: Overrides,
}

impl Default for RecordOptions {
    fn default() -> Self {
        Self {
            mode: Mode::default(),
            threads: 1,
            lowest: None,
            floats: FloatProfile::default(),
            like: None,
            overrides: Overrides::default(),
        }
    }
}

impl RecordOptions {
    /// Whether the model sees the records twice.
    pub fn needs_edges(&self) -> bool {
        self.mode.needs_edges() || self.overrides.needs_edges()
    }

    /// How often the model sees each record: `progress` of [`super::run`] is told so often.
    pub fn passes(&self) -> usize {
        if self.needs_edges() { 2 } else { 1 }
    }

    /// Whether records are run in sequence.
    pub fn in_sequence(&self) -> bool {
        self.runs_as(Mode::in_sequence)
    }

    /// Whether the intermediate results of LSTMs get tensors of their own first.
    pub(crate) fn with_intermediates(&self) -> bool {
        self.runs_as(|mode| mode == Mode::Running)
    }

    fn runs_as(&self, what: impl Fn(Mode) -> bool) -> bool {
        what(self.mode) || (self.mode.can_be_in_sequence() && self.like.is_some_and(what))
    }
}
