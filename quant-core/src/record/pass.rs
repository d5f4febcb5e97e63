//! A pass: the model runs on records, and observers see its tensors.

use std::ops;

use super::outlier::Farthest;
use super::recorded::{Recorded, State};
use super::{Observer, Records};
use crate::in_order::{self, in_order};
use crate::quantize::precheck::float_activations;
use quant_interp::{Interpreter, Workspace};
use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::value::Value;
use quant_ir::{DType, Model, TensorId};
use quant_kernel::Range;

/// A pass over records.
#[derive(Clone)]
pub struct Pass<'a> {
    /// The records.
    pub records: &'a dyn Records,
    /// Which of them the model runs on.
    pub part: ops::Range<usize>,
    /// At most so many threads of the current rayon pool; with 1, the caller's.
    pub threads: usize,
    /// Values of this or less are no values ([`super::RecordOptions::lowest`]).
    pub lowest: Option<f32>,
    /// Is told each record that has been run, from any thread.
    pub progress: &'a (dyn Fn(usize) + Sync),
}

/// What a record leaves of each tensor that has elements in it: the observer's sample, and the range.
type Samples<O> = Vec<Option<(<O as Observer>::Sample, Range)>>;

impl Pass<'_> {
    /// Runs the model on each record; graph inputs and float activations of the main graph each have an observer of
    /// their own.
    ///
    /// # Errors
    /// No records, one that does not fit, an operator that cannot run, a tensor of which a record has no number at all.
    pub fn run<O: Observer>(&self, model: &Model, observer: impl Fn(TensorId) -> O) -> Result<Recorded<O>> {
        if self.part.is_empty() {
            return Err(Error::new(
                "records",
                Problem::NoRecords,
                "give at least one record of input data",
            ));
        }
        in_order::check(self.threads)?;
        float_activations(model)?;
        let interpreter = Interpreter::new(model)?;
        let tensors = 0..model.main().tensors().len();
        let observers: Vec<O> = tensors.clone().map(|index| observer(TensorId(index))).collect();
        // Threads make samples while others are added: observers that make them keep their parameters alone.
        let mut tensors: Vec<State<O>> = tensors
            .map(|index| State {
                observer: observer(TensorId(index)),
                farthest: Farthest::default(),
            })
            .collect();
        in_order(
            self.part.clone(),
            self.threads,
            Workspace::new,
            |index, workspace| {
                let samples = self.sample(model, &interpreter, index, workspace, &observers);
                let samples = samples.map_err(|error| error.within(Place::number("record", index)))?;
                (self.progress)(index);
                Ok(samples)
            },
            |index, samples| {
                for (state, sample) in tensors.iter_mut().zip(samples) {
                    if let Some((sample, range)) = sample {
                        state.observer.add(sample);
                        state.farthest.add(index, range);
                    }
                }
            },
        )?;
        Ok(Recorded {
            records: self.part.clone(),
            tensors,
        })
    }

    /// Runs a record.
    fn sample<O: Observer>(
        &self,
        model: &Model,
        interpreter: &Interpreter<'_>,
        index: usize,
        workspace: &mut Workspace,
        observers: &[O],
    ) -> Result<Samples<O>> {
        let inputs = self.records.get(index)?;
        finite(model, &inputs)?;
        let mut samples: Samples<O> = Vec::new();
        samples.resize_with(observers.len(), || None);
        interpreter.run_with(inputs, workspace, &mut |id, value, range| {
            let tensor = model.main().tensor(id);
            let Some(values) = value.as_f32().filter(|values| !values.is_empty()) else {
                return Ok(());
            };
            if tensor.dtype != DType::Float32 {
                return Ok(());
            }
            let counting;
            let (values, range) = match self.lowest {
                Some(lowest) => {
                    counting = values
                        .iter()
                        .copied()
                        .filter(|x| x.is_nan() || *x > lowest)
                        .collect::<Vec<_>>();
                    (counting.as_slice(), None)
                }
                None => (values, range),
            };
            if values.is_empty() {
                return Ok(());
            }
            let range = range.map_or_else(|| Range::of(values), |range| range.checked(values));
            let range = range.ok_or_else(|| {
                Error::new(
                    Place::tensor("activation", &tensor.name).numbered(id.0),
                    Problem::AllNan,
                    "check the input data and the model",
                )
            })?;
            samples[id.0] = Some((observers[id.0].sample(values, range), range));
            Ok(())
        })?;
        Ok(samples)
    }
}

/// Refuses a record with infinities or NaN: they would become ranges, or hide from them.
fn finite(model: &Model, inputs: &[Value]) -> Result<()> {
    for (id, value) in model.main().inputs().iter().zip(inputs) {
        let wrong = value
            .as_f32()
            .filter(|values| !Range::finite(values))
            .and_then(|values| values.iter().position(|x| !x.is_finite()));
        if let (Some(at), Some(values)) = (wrong, value.as_f32()) {
            return Err(Error::new(
                Place::tensor("input", &model.main().tensor(*id).name).numbered(id.0),
                Problem::NotFinite {
                    element: at,
                    value: values[at],
                },
                "calibrate with finite data",
            ));
        }
    }
    Ok(())
}
