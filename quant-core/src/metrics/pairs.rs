//! Two models run side by side, and the errors of pairs of their tensors.

use super::{Errors, Sample, numbers};
use crate::in_order::{self, WAVE, in_order};
use crate::quantized::running::Running;
use crate::quantized::values::reals;
use crate::record::Records;
use quant_interp::{Interpreter, Profile, Workspace};
use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::value::Value;
use quant_ir::{Model, TensorId};

/// A model and what it runs on.
#[derive(Clone, Copy)]
pub struct Side<'a> {
    /// The model; a quantized one in the form that runs on the float model's data ([`crate::quantized::running`]).
    pub model: &'a Model,
    /// Whose integers it computes, if it has some.
    pub profile: Profile,
    /// Its records.
    pub records: &'a dyn Records,
}

impl<'a> Side<'a> {
    /// A float model, or one that is simulated in floats.
    pub fn float(model: &'a Model, records: &'a dyn Records) -> Self {
        Self {
            model,
            profile: Profile::default(),
            records,
        }
    }

    /// A model as it runs.
    pub fn of(running: &'a Running, records: &'a dyn Records) -> Self {
        Self {
            model: &running.model,
            profile: running.profile,
            records,
        }
    }
}

/// What is told of a record when both models have run: its number, and the values of each pair, in the order of the
/// pairs; `None` for a tensor that the run did not make.
pub type Seen<'o> = &'o (dyn Fn(usize, &[Option<Value>], &[Option<Value>]) -> Result<()> + Sync);

/// Runs both models on their records, on at most `threads` threads of the current rayon pool, and gives the errors of each
/// pair of tensors of the main graphs (`a`, `b`). Records are added in their order, whatever the number of threads. `seen` is told each
/// record, from any thread.
///
/// # Errors
/// No records, or other numbers of them; a record or operator that fails; tensors of a pair that have different
/// shapes.
pub fn compare(
    a: Side<'_>,
    b: Side<'_>,
    pairs: &[(TensorId, TensorId)],
    threads: usize,
    seen: Seen<'_>,
) -> Result<Vec<Errors>> {
    same_count(a.records.len(), b.records.len())?;
    let (left, right): (Vec<TensorId>, Vec<TensorId>) = pairs.iter().copied().unzip();
    let (a, b) = (
        Ready::new(a, left, "the first model")?,
        Ready::new(b, right, "the second model")?,
    );
    let mut errors = vec![Errors::default(); pairs.len()];
    each_record(
        b.side.records.len(),
        threads,
        |threads| (Workspace::new(threads), Workspace::new(threads)),
        |index, room| {
            let left = a.values(index, &mut room.0)?;
            let right = b.values(index, &mut room.1)?;
            seen(index, &left, &right)?;
            samples(&left, &right, a.side.model, &a.wanted)
        },
        |samples| add(&mut errors, &samples),
    )?;
    Ok(errors)
}

/// The values of tensors of the main graph in each record, in the order of the records; `None` for a tensor that the run
/// did not make. They let two models be compared one after the other ([`compare_with`]), each of which may take as much
/// memory as there is for one. `seen` is told each record, from any thread.
///
/// # Errors
/// As [`compare`].
pub fn values(
    side: Side<'_>,
    wanted: &[TensorId],
    threads: usize,
    seen: &(dyn Fn(usize) + Sync),
) -> Result<Vec<Vec<Option<Value>>>> {
    let ready = Ready::new(side, wanted.to_vec(), "the first model")?;
    let mut values = Vec::with_capacity(side.records.len());
    each_record(
        side.records.len(),
        threads,
        Workspace::new,
        |index, room| {
            let made = ready.values(index, room)?;
            seen(index);
            Ok(made)
        },
        |made| values.push(made),
    )?;
    Ok(values)
}

/// As [`compare`], where `a` gave its [`values`] before: of the tensors that stand first in `pairs`, for the same records.
///
/// # Errors
/// As [`compare`].
pub fn compare_with(
    (a, values): (&Model, &[Vec<Option<Value>>]),
    b: Side<'_>,
    pairs: &[(TensorId, TensorId)],
    threads: usize,
    seen: &(dyn Fn(usize) + Sync),
) -> Result<Vec<Errors>> {
    same_count(values.len(), b.records.len())?;
    let (left, right): (Vec<TensorId>, Vec<TensorId>) = pairs.iter().copied().unzip();
    let b = Ready::new(b, right, "the second model")?;
    let mut errors = vec![Errors::default(); pairs.len()];
    each_record(
        values.len(),
        threads,
        Workspace::new,
        |index, room| {
            let right = b.values(index, room)?;
            seen(index);
            samples(&values[index], &right, a, &left)
        },
        |samples| add(&mut errors, &samples),
    )?;
    Ok(errors)
}

fn same_count(a: usize, b: usize) -> Result<()> {
    if a == b {
        return Ok(());
    }
    Err(Error::new(
        "records",
        Problem::Count(format!("{a} for the first model, {b} for the second")),
        "give both the same number",
    ))
}

/// Does something with each record, `threads` records at a time, and takes what comes of it in the order of the records.
///
/// # Errors
/// No records or threads; the first error in the order of the records.
fn each_record<R: Send, T: Send>(
    count: usize,
    threads: usize,
    room: impl Fn(usize) -> R + Sync,
    work: impl Fn(usize, &mut R) -> Result<T> + Sync,
    mut take: impl FnMut(T) + Send,
) -> Result<()> {
    if count == 0 {
        return Err(Error::new(
            "records",
            Problem::NoRecords,
            "give at least one record",
        ));
    }
    in_order::check(threads)?;
    let work = |index: usize, room: &mut R| {
        work(index, room).map_err(|error| error.within(Place::number("record", index)))
    };
    in_order(0..count, threads, WAVE, room, work, |_, made| take(made))
}

/// A side that is ready to run, and the tensors that are wanted of it.
struct Ready<'a> {
    interpreter: Interpreter<'a>,
    side: Side<'a>,
    wanted: Vec<TensorId>,
    /// What errors call it.
    name: &'static str,
}

impl<'a> Ready<'a> {
    fn new(side: Side<'a>, wanted: Vec<TensorId>, name: &'static str) -> Result<Self> {
        Ok(Self {
            interpreter: Interpreter::with_profile(side.model, side.profile)?,
            side,
            wanted,
            name,
        })
    }

    /// Runs a record and keeps the values of the wanted tensors, in their order.
    fn values(&self, index: usize, room: &mut Workspace) -> Result<Vec<Option<Value>>> {
        self.run(index, room).map_err(|error| error.within(self.name))
    }

    fn run(&self, index: usize, room: &mut Workspace) -> Result<Vec<Option<Value>>> {
        let graph = self.side.model.main();
        let mut kept: Vec<Option<Value>> = vec![None; graph.tensors().len()];
        let mut is_wanted = vec![false; graph.tensors().len()];
        for id in &self.wanted {
            is_wanted[id.0] = true;
        }
        // Integers are the reals that they stand for.
        let shown =
            |id: TensorId, value: &Value| reals(graph.tensor(id), value).unwrap_or_else(|| value.clone());
        let inputs = self.side.records.get(index)?;
        let outputs = self.interpreter.run_with(inputs, room, &mut |id, value, _| {
            if is_wanted[id.0] {
                kept[id.0] = Some(shown(id, value));
            }
            Ok(())
        })?;
        // An output may be a constant, which no operator shows.
        for (id, value) in graph.outputs().iter().zip(outputs) {
            if is_wanted[id.0] && kept[id.0].is_none() {
                kept[id.0] = Some(shown(*id, &value));
            }
        }
        Ok(self.wanted.iter().map(|id| kept[id.0].clone()).collect())
    }
}

/// The errors of each pair of values of one record; `model` is the first, and `ids` are its tensors.
fn samples(
    a: &[Option<Value>],
    b: &[Option<Value>],
    model: &Model,
    ids: &[TensorId],
) -> Result<Vec<Option<Sample>>> {
    let sample = |((a, b), id): ((&Option<Value>, &Option<Value>), &TensorId)| {
        let (Some(a), Some(b)) = (a, b) else {
            return Ok(None);
        };
        if a.shape != b.shape {
            return Err(Error::new(
                Place::tensor("tensor", &model.main().tensor(*id).name),
                Problem::Shape(format!(
                    "its shape is {:?} in the first model, {:?} in the second",
                    a.shape, b.shape
                )),
                "compare two forms of one network",
            ));
        }
        Ok(Some(Sample::of(&numbers(a), &numbers(b))))
    };
    a.iter().zip(b).zip(ids).map(sample).collect()
}

/// Adds one record.
fn add(errors: &mut [Errors], samples: &[Option<Sample>]) {
    for (errors, sample) in errors.iter_mut().zip(samples) {
        if let Some(sample) = sample {
            errors.add(sample);
        }
    }
}
