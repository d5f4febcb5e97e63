//! What observers see of the tensors of records.

use super::Observer;
use quant_interp::Watch;
use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::value::Value;
use quant_ir::{DType, Model, TensorId};
use quant_kernel::Range;

/// What a record leaves of each tensor that has elements in it.
pub(super) type Samples<O> = Vec<Seen<<O as Observer>::Sample>>;

/// What is seen of a tensor in a record.
pub(super) struct Seen<S> {
    /// Of each time that it was seen, the observer's sample and the range. It is once but for variables.
    pub samples: Vec<(S, Range)>,
    /// Whether there is NaN among the values.
    pub nan: bool,
}

/// The observers, and what they see of records that run together.
pub(super) struct Seeing<'s, O: Observer> {
    model: &'s Model,
    observers: &'s [O],
    lowest: Option<f32>,
    sequence: bool,
    /// Of each record.
    pub samples: Vec<Samples<O>>,
}

impl<'s, O: Observer> Seeing<'s, O> {
    /// Of so many records, of which nothing is seen yet; `lowest` and `sequence` as in [`super::Pass`].
    pub fn new(
        model: &'s Model,
        observers: &'s [O],
        records: usize,
        lowest: Option<f32>,
        sequence: bool,
    ) -> Self {
        let none = |_: &O| Seen {
            samples: Vec::new(),
            nan: false,
        };
        Self {
            model,
            observers,
            lowest,
            sequence,
            samples: (0..records)
                .map(|_| observers.iter().map(none).collect())
                .collect(),
        }
    }
}

impl<O: Observer> Watch for Seeing<'_, O> {
    fn value(&mut self, record: usize, id: TensorId, value: &Value, range: Option<Range>) -> Result<()> {
        let tensor = self.model.main().tensor(id);
        let Some(values) = value.as_f32().filter(|values| !values.is_empty()) else {
            return Ok(());
        };
        if tensor.dtype != DType::Float32 {
            return Ok(());
        }
        let nan = self.sequence && !Range::finite(values) && values.iter().any(|x| x.is_nan());
        self.samples[record][id.0].nan |= nan;
        let counting;
        let (values, range) = if self.lowest.is_some() || nan {
            let lowest = self.lowest.unwrap_or(f32::NEG_INFINITY);
            let counts = |x: &f32| {
                if x.is_nan() {
                    !nan
                } else {
                    *x > lowest || self.lowest.is_none()
                }
            };
            counting = values.iter().copied().filter(counts).collect::<Vec<_>>();
            (counting.as_slice(), None)
        } else {
            (values, range)
        };
        if values.is_empty() {
            return Ok(());
        }
        let range = range.map_or_else(|| Range::of(values), |range| range.checked(values));
        match range {
            Some(range) => self.samples[record][id.0]
                .samples
                .push((self.observers[id.0].sample(values, range), range)),
            // Of the lowest float alone.
            None if self.sequence => (),
            None => {
                return Err(Error::new(
                    Place::tensor("activation", &tensor.name).numbered(id.0),
                    Problem::AllNan,
                    "check the input data and the model",
                ));
            }
        }
        Ok(())
    }

    /// Values that do not count are searched for among all.
    fn only_range(&self, id: TensorId) -> bool {
        self.lowest.is_none() && !self.sequence && !self.observers[id.0].reads_values()
    }

    fn range(&mut self, record: usize, id: TensorId, range: Range) -> Result<()> {
        let sample = self.observers[id.0].sample(&[], range);
        self.samples[record][id.0].samples.push((sample, range));
        Ok(())
    }
}
