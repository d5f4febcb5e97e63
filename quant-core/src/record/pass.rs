//! A pass: the model runs on records, and observers see its tensors.

use std::ops;

use super::recorded::Recorded;
use super::seeing::{Samples, Seeing};
use super::{Observer, Records};
use crate::in_order::{self, in_groups};
use crate::quantize::precheck::float_activations;
use quant_interp::{FloatProfile, Interpreter, Profile, Sequence, TOGETHER, Watch, Workspace};
use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::value::Value;
use quant_ir::{Builtin, Model, Operator, TensorId};
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
    /// Whether records are run as the calibrators of TensorFlow Lite run them: one after the other where the model has
    /// variables, which keep their values and are seen before and behind each operator that reads them, as the
    /// intermediate results of LSTMs are seen; and NaN is passed over. Else every record starts fresh, and a record with
    /// values that are not finite, or a tensor without numbers, is an error.
    pub sequence: bool,
    /// Is told each record that has been run, from any thread.
    pub progress: &'a (dyn Fn(usize) + Sync),
}

/// What the samples of all records that are in memory at once may take, about.
const SAMPLES: usize = 64 << 20;

impl Pass<'_> {
    /// Runs the model on each record; graph inputs and float activations of the main graph each have an observer of
    /// their own.
    ///
    /// # Errors
    /// No records, one that does not fit, an operator that cannot run, a tensor of which a record has no number at all.
    pub fn run<O: Observer>(&self, model: &Model, observer: impl Fn(TensorId) -> O) -> Result<Recorded<O>> {
        let mut recorded = Recorded::begin(model, self.part.start, &observer);
        self.go_on(model, &mut recorded, observer, usize::MAX, &mut |_| Ok(()))?;
        Ok(recorded)
    }

    /// Goes on behind what was recorded, to the end of the part. Behind every `every` records, `pause` is shown what there
    /// is; what it keeps is enough to go on from, where no variable keeps its value from record to record
    /// ([`keeps_state`]).
    ///
    /// # Errors
    /// As [`Self::run`]; those of `pause`.
    pub fn go_on<O: Observer>(
        &self,
        model: &Model,
        recorded: &mut Recorded<O>,
        observer: impl Fn(TensorId) -> O,
        every: usize,
        pause: &mut dyn FnMut(&Recorded<O>) -> Result<()>,
    ) -> Result<()> {
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
        interpreter.release_file();
        // Threads make samples while others are added: observers that make them keep their parameters alone.
        let tensors = 0..model.main().tensors().len();
        let observers: Vec<O> = tensors.map(|index| observer(TensorId(index))).collect();
        let size = observers.iter().map(Observer::sample_bytes).sum::<usize>();
        let wave = (SAMPLES / size.saturating_mul(self.threads).max(1)).max(1);
        let mut sequence = (self.sequence && keeps_state(model)).then(Sequence::default);
        while recorded.records.end < self.part.end {
            let next = recorded.records.end..self.part.end.min(recorded.records.end.saturating_add(every));
            let tensors = &mut recorded.tensors;
            let add = |index: usize, samples: Samples<O>| {
                for (state, seen) in tensors.iter_mut().zip(samples) {
                    state.nan = state.nan.or(seen.nan.then_some(index));
                    for (sample, range) in seen.samples {
                        state.observer.add(sample);
                        state.farthest.add(index, range);
                    }
                }
            };
            if let Some(sequence) = &mut sequence {
                let run = |index: usize, workspace: &mut Workspace, sequence: &mut Sequence| {
                    let samples = self.sample(model, &interpreter, index, workspace, sequence, &observers);
                    let samples = samples.map_err(|error| error.within(Place::number("record", index)))?;
                    (self.progress)(index);
                    Ok(samples)
                };
                self.one_by_one(next.clone(), sequence, run, add)?;
            } else {
                let run = |records: ops::Range<usize>, workspace: &mut Workspace| {
                    self.samples(model, &interpreter, records, workspace, &observers)
                };
                in_groups(
                    next.clone(),
                    TOGETHER.min(wave),
                    self.threads,
                    wave,
                    Workspace::new,
                    run,
                    add,
                )?;
            }
            recorded.records.end = next.end;
            pause(recorded)?;
        }
        Ok(())
    }

    /// Runs the records one after the other, so that variables go on; threads share the work within operators.
    fn one_by_one<S: Send>(
        &self,
        part: ops::Range<usize>,
        sequence: &mut Sequence,
        run: impl Fn(usize, &mut Workspace, &mut Sequence) -> Result<S> + Sync,
        mut add: impl FnMut(usize, S) + Send,
    ) -> Result<()> {
        let mut workspace = Workspace::new(self.threads.min(rayon::current_num_threads()));
        let mut all = || {
            part.clone().try_for_each(|index| {
                add(index, run(index, &mut workspace, sequence)?);
                Ok(())
            })
        };
        match self.threads {
            1 => all(),
            _ => rayon::scope(|_| all()),
        }
    }

    /// Runs a record behind those before it.
    fn sample<O: Observer>(
        &self,
        model: &Model,
        interpreter: &Interpreter<'_>,
        index: usize,
        workspace: &mut Workspace,
        sequence: &mut Sequence,
        observers: &[O],
    ) -> Result<Samples<O>> {
        let inputs = self.inputs(model, index)?;
        let mut seeing = Seeing::new(model, observers, 1, self.lowest, self.sequence);
        interpreter.run_in_sequence(inputs, workspace, sequence, &mut |id, value, range| {
            seeing.value(0, id, value, range)
        })?;
        Ok(seeing.samples.swap_remove(0))
    }

    /// Runs records that start fresh.
    fn samples<O: Observer>(
        &self,
        model: &Model,
        interpreter: &Interpreter<'_>,
        records: ops::Range<usize>,
        workspace: &mut Workspace,
        observers: &[O],
    ) -> Result<Vec<Samples<O>>> {
        let number = |record: usize| Place::number("record", records.start + record);
        let mut seeing = Seeing::new(model, observers, records.len(), self.lowest, self.sequence);
        interpreter
            .run_together(
                records.len(),
                self.sequence,
                &mut |record| self.inputs(model, records.start + record),
                workspace,
                &mut seeing,
            )
            .map_err(|failed| failed.error.within(number(failed.record)))?;
        records.for_each(self.progress);
        Ok(seeing.samples)
    }

    /// A record, which is of numbers where records stand alone.
    fn inputs(&self, model: &Model, index: usize) -> Result<Vec<Value>> {
        let inputs = self.records.get(index)?;
        if !self.sequence {
            finite(model, &inputs)?;
        }
        Ok(inputs)
    }
}

/// Whether records that are run in sequence leave something to those that follow.
pub fn keeps_state(model: &Model) -> bool {
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
