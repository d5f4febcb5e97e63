//! What was recorded, and the ranges that come of it.

use std::ops;

use super::Observer;
use super::outlier::{Farthest, Outlier};
use super::{NotNumbers, Note};
use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::{Model, QuantParam, TensorId};
use quant_kernel::Range;

/// What the observers of a model's tensors keep of some records.
#[derive(Clone, Debug)]
pub struct Recorded<O> {
    pub(super) records: ops::Range<usize>,
    /// By the tensor's index in the main graph.
    pub(super) tensors: Vec<State<O>>,
}

/// What is kept of one tensor.
#[derive(Clone, Debug)]
pub(super) struct State<O> {
    pub(super) observer: O,
    pub(super) farthest: Farthest,
    /// The first record with NaN in it.
    pub(super) nan: Option<usize>,
}

impl<O: Observer> Recorded<O> {
    /// Of a model before its record `first` is run.
    pub(super) fn begin(model: &Model, first: usize, observer: impl Fn(TensorId) -> O) -> Self {
        let state = |index| State {
            observer: observer(TensorId(index)),
            farthest: Farthest::default(),
            nan: None,
        };
        Self {
            records: first..first,
            tensors: (0..model.main().tensors().len()).map(state).collect(),
        }
    }

    /// Which records were seen.
    pub fn records(&self) -> ops::Range<usize> {
        self.records.clone()
    }

    /// What a tensor's observer keeps.
    pub fn observer(&self, tensor: TensorId) -> Option<&O> {
        self.tensors.get(tensor.0).map(|state| &state.observer)
    }

    /// Adds what observers with the same parameters kept of the records that follow, of the same model
    /// ([`Observer::merging`] says what comes of it).
    ///
    /// # Errors
    /// Other records than those that follow; another model.
    pub fn merge(&mut self, later: Self) -> Result<()> {
        if later.records.start != self.records.end {
            return Err(Error::new(
                "recordings",
                Problem::Conflict(format!(
                    "records {}…{} do not follow records {}…{}",
                    later.records.start, later.records.end, self.records.start, self.records.end
                )),
                "merge parts in the order of their records, without gaps",
            ));
        }
        if later.tensors.len() != self.tensors.len() {
            return Err(Error::new(
                "recordings",
                Problem::Count(format!(
                    "one has {} tensors, the other {}",
                    self.tensors.len(),
                    later.tensors.len()
                )),
                "merge recordings of one model",
            ));
        }
        self.records.end = later.records.end;
        for (state, later) in self.tensors.iter_mut().zip(later.tensors) {
            state.observer.merge(later.observer);
            state.farthest.merge(&later.farthest);
            state.nan = state.nan.or(later.nan);
        }
        Ok(())
    }

    /// Stores the ranges in the model that was recorded; parameters of tensors that were not seen stay. Returns the
    /// records that decide a range alone, each with the first tensor where that shows, and NaN that was passed over.
    ///
    /// # Errors
    /// A range that is not finite, or whose minimum is above its maximum; another model. The model stays as it was.
    pub fn write(&self, model: &mut Model) -> Result<Vec<Note>> {
        let tensors = model.main().tensors().len();
        if tensors != self.tensors.len() {
            return Err(Error::new(
                "recording",
                Problem::Count(format!(
                    "it has {} tensors, the model {tensors}",
                    self.tensors.len()
                )),
                "write it into the model that was recorded",
            ));
        }
        let mut ranges: Vec<(TensorId, Range)> = Vec::new();
        let mut outliers: Vec<Outlier> = Vec::new();
        for (index, state) in self.tensors.iter().enumerate() {
            let Some(range) = state.observer.range() else {
                continue;
            };
            let name = &model.main().tensor(TensorId(index)).name;
            if !range.min.is_finite() || !range.max.is_finite() || range.min > range.max {
                return Err(Error::new(
                    Place::tensor("activation", name).numbered(index),
                    Problem::UnboundedRange {
                        min: range.min,
                        max: range.max,
                    },
                    "check the model for divisions by zero and overflow, and the percentiles for their order",
                ));
            }
            let outlier = state.farthest.outlier(name, self.records.len(), range);
            let known = |outlier: &Outlier| outliers.iter().any(|other| other.record == outlier.record);
            if let Some(outlier) = outlier.filter(|outlier| !known(outlier)) {
                outliers.push(outlier);
            }
            ranges.push((TensorId(index), range));
        }
        for (tensor, range) in ranges {
            let quant = &mut model.main_mut().tensor_mut(tensor).quant;
            let quant = quant.get_or_insert_with(QuantParam::default);
            quant.min = vec![range.min];
            quant.max = vec![range.max];
        }
        let notes = outliers.into_iter().map(Note::Outlier);
        Ok(notes
            .chain(self.not_numbers(model).map(Note::NotNumbers))
            .collect())
    }

    /// The first record with NaN, and the first tensor of it.
    fn not_numbers(&self, model: &Model) -> Option<NotNumbers> {
        let all = || {
            let states = self.tensors.iter().enumerate();
            states.filter_map(|(index, state)| Some((state.nan?, index)))
        };
        let (record, index) = all().min()?;
        Some(NotNumbers {
            record,
            tensor: model.main().tensor(TensorId(index)).name.clone(),
            tensors: all().count(),
        })
    }
}

#[cfg(test)]
mod tests;
