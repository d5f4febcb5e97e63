//! A pass: the model runs on records, and observers see its tensors.

use std::ops;

use super::outlier::Farthest;
use super::recorded::{Recorded, State};
use super::{Observer, Records};
use crate::in_order::{self, in_order};
use crate::quantize::precheck::float_activations;
use quant_interp::{FloatProfile, Interpreter, Profile, Sequence, Workspace};
use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::value::Value;
use quant_ir::{Builtin, DType, Model, Operator, TensorId};
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
    /// Whose floats ([`super::RecordOptions::floats`]).
    pub floats: FloatProfile,
    /// Is told each record that has been run, from any thread.
    pub progress: &'a (dyn Fn(usize) + Sync),
}

/// What a record leaves of each tensor that has elements in it.
type Samples<O> = Vec<Seen<<O as Observer>::Sample>>;

/// What is seen of a tensor in a record.
struct Seen<S> {
    /// Of each time that it was seen, the observer's sample and the range. It is once but for variables.
    samples: Vec<(S, Range)>,
    /// Whether there is NaN among the values.
    nan: bool,
}

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
        let interpreter = Interpreter::with(model, Profile::default(), self.floats)?;
        let tensors = 0..model.main().tensors().len();
        let observers: Vec<O> = tensors.clone().map(|index| observer(TensorId(index))).collect();
        // Threads make samples while others are added: observers that make them keep their parameters alone.
        let mut tensors: Vec<State<O>> = tensors
            .map(|index| State {
                observer: observer(TensorId(index)),
                farthest: Farthest::default(),
                nan: None,
            })
            .collect();
        let add = |index: usize, samples: Samples<O>| {
            for (state, seen) in tensors.iter_mut().zip(samples) {
                state.nan = state.nan.or(seen.nan.then_some(index));
                for (sample, range) in seen.samples {
                    state.observer.add(sample);
                    state.farthest.add(index, range);
                }
            }
        };
        let run = |index: usize, workspace: &mut Workspace, sequence: Option<&mut Sequence>| {
            let samples = self.sample(model, &interpreter, index, workspace, sequence, &observers);
            let samples = samples.map_err(|error| error.within(Place::number("record", index)))?;
            (self.progress)(index);
            Ok(samples)
        };
        if O::IN_SEQUENCE && keeps_state(model) {
            self.one_by_one(run, add)?;
        } else {
            let fresh = |index: usize, workspace: &mut Workspace| {
                run(index, workspace, O::IN_SEQUENCE.then(Sequence::default).as_mut())
            };
            in_order(self.part.clone(), self.threads, Workspace::new, fresh, add)?;
        }
        Ok(Recorded {
            records: self.part.clone(),
            tensors,
        })
    }

    /// Runs the records one after the other, so that variables go on; threads share the work within operators.
    fn one_by_one<S: Send>(
        &self,
        run: impl Fn(usize, &mut Workspace, Option<&mut Sequence>) -> Result<S> + Sync,
        mut add: impl FnMut(usize, S) + Send,
    ) -> Result<()> {
        let mut sequence = Sequence::default();
        let mut workspace = Workspace::new(self.threads.min(rayon::current_num_threads()));
        let mut all = || {
            self.part.clone().try_for_each(|index| {
                add(index, run(index, &mut workspace, Some(&mut sequence))?);
                Ok(())
            })
        };
        match self.threads {
            1 => all(),
            _ => rayon::scope(|_| all()),
        }
    }

    /// Runs a record.
    fn sample<O: Observer>(
        &self,
        model: &Model,
        interpreter: &Interpreter<'_>,
        index: usize,
        workspace: &mut Workspace,
        sequence: Option<&mut Sequence>,
        observers: &[O],
    ) -> Result<Samples<O>> {
        let inputs = self.records.get(index)?;
        if !O::IN_SEQUENCE {
            finite(model, &inputs)?;
        }
        let mut samples: Samples<O> = Vec::new();
        samples.resize_with(observers.len(), || Seen {
            samples: Vec::new(),
            nan: false,
        });
        let mut observe = |id: TensorId, value: &Value, range: Option<Range>| {
            let tensor = model.main().tensor(id);
            let Some(values) = value.as_f32().filter(|values| !values.is_empty()) else {
                return Ok(());
            };
            if tensor.dtype != DType::Float32 {
                return Ok(());
            }
            let nan = O::IN_SEQUENCE && !Range::finite(values) && values.iter().any(|x| x.is_nan());
            samples[id.0].nan |= nan;
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
                Some(range) => samples[id.0]
                    .samples
                    .push((observers[id.0].sample(values, range), range)),
                // Of the lowest float alone.
                None if O::IN_SEQUENCE => (),
                None => {
                    return Err(Error::new(
                        Place::tensor("activation", &tensor.name).numbered(id.0),
                        Problem::AllNan,
                        "check the input data and the model",
                    ));
                }
            }
            Ok(())
        };
        match sequence {
            Some(sequence) => interpreter.run_in_sequence(inputs, workspace, sequence, &mut observe)?,
            None => interpreter.run_with(inputs, workspace, &mut observe)?,
        };
        Ok(samples)
    }
}

/// Whether a run leaves something to those that follow.
fn keeps_state(model: &Model) -> bool {
    model.graphs().iter().any(|graph| {
        let variable = graph.tensors().iter().any(|tensor| tensor.is_variable);
        let resource = |op: &Operator| matches!(op.code.builtin, Builtin::VAR_HANDLE | Builtin::CALL_ONCE);
        variable || graph.operators().iter().any(resource)
    })
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
