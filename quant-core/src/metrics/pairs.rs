//! Two models run side by side, and the errors of pairs of their tensors.

use super::{Errors, Sample, numbers};
use crate::in_order::{self, in_order};
use crate::record::Records;
use quant_interp::{Interpreter, Workspace};
use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::value::Value;
use quant_ir::{Model, TensorId};

/// A model and what it runs on.
#[derive(Clone, Copy)]
pub struct Side<'a> {
    /// The model; a quantized one as a float model ([`crate::quantized::fake`]).
    pub model: &'a Model,
    /// Its records.
    pub records: &'a dyn Records,
}

/// What is told of a record when both models have run: its number, and the values of each pair, in the order of the
/// pairs; `None` for a tensor that the run did not make.
pub type Seen<'o> = &'o (dyn Fn(usize, &[Option<Value>], &[Option<Value>]) -> Result<()> + Sync);

/// Runs both models on their records, on at most `threads` threads of the current rayon pool, and gives the errors of each pair of tensors of
/// the main graphs (`a`, `b`). Records are added in their order, whatever the number of threads. `seen` is told each
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
    let count = a.records.len();
    if count != b.records.len() {
        return Err(Error::new(
            "records",
            Problem::Count(format!(
                "{count} for the first model, {} for the second",
                b.records.len()
            )),
            "give both the same number",
        ));
    }
    if count == 0 {
        return Err(Error::new(
            "records",
            Problem::NoRecords,
            "give at least one record",
        ));
    }
    in_order::check(threads)?;
    let (left, right): (Vec<TensorId>, Vec<TensorId>) = pairs.iter().copied().unzip();
    let runner = Runner {
        a: (Interpreter::new(a.model)?, a, left),
        b: (Interpreter::new(b.model)?, b, right),
        seen,
    };
    let mut errors = vec![Errors::default(); pairs.len()];
    in_order(
        0..count,
        threads,
        |threads| (Workspace::new(threads), Workspace::new(threads)),
        |index, room| runner.record(index, room),
        |_, samples| {
            for (errors, sample) in errors.iter_mut().zip(samples) {
                if let Some(sample) = sample {
                    errors.add(&sample);
                }
            }
        },
    )?;
    Ok(errors)
}

/// A side that is ready to run, and the tensors that are wanted of it.
type Ready<'a> = (Interpreter<'a>, Side<'a>, Vec<TensorId>);

struct Runner<'a> {
    a: Ready<'a>,
    b: Ready<'a>,
    seen: Seen<'a>,
}

impl Runner<'_> {
    /// Runs one record through both models.
    fn record(&self, index: usize, room: &mut (Workspace, Workspace)) -> Result<Vec<Option<Sample>>> {
        let within = |error: Error| error.within(Place::number("record", index));
        let a =
            values(&self.a, index, &mut room.0).map_err(|error| within(error.within("the first model")))?;
        let b =
            values(&self.b, index, &mut room.1).map_err(|error| within(error.within("the second model")))?;
        (self.seen)(index, &a, &b).map_err(within)?;
        let mut samples = Vec::with_capacity(a.len());
        for (at, (a, b)) in a.iter().zip(&b).enumerate() {
            let (Some(a), Some(b)) = (a, b) else {
                samples.push(None);
                continue;
            };
            if a.shape != b.shape {
                let name = self
                    .a
                    .2
                    .get(at)
                    .map_or("", |id| &self.a.1.model.main().tensor(*id).name);
                return Err(within(Error::new(
                    Place::tensor("tensor", name),
                    Problem::Shape(format!(
                        "its shape is {:?} in the first model, {:?} in the second",
                        a.shape, b.shape
                    )),
                    "compare two forms of one network",
                )));
            }
            samples.push(Some(Sample::of(&numbers(a), &numbers(b))));
        }
        Ok(samples)
    }
}

/// Runs a record and keeps the values of the wanted tensors, in their order.
fn values(
    (interpreter, side, wanted): &Ready<'_>,
    index: usize,
    room: &mut Workspace,
) -> Result<Vec<Option<Value>>> {
    let graph = side.model.main();
    let mut kept: Vec<Option<Value>> = vec![None; graph.tensors.len()];
    let mut is_wanted = vec![false; graph.tensors.len()];
    for id in wanted {
        is_wanted[id.0] = true;
    }
    let inputs = side.records.get(index)?;
    let outputs = interpreter.run_with(inputs, room, &mut |id, value, _| {
        if is_wanted[id.0] {
            kept[id.0] = Some(value.clone());
        }
        Ok(())
    })?;
    // An output may be a constant, which no operator shows.
    for (id, value) in graph.outputs.iter().zip(outputs) {
        if is_wanted[id.0] && kept[id.0].is_none() {
            kept[id.0] = Some(value);
        }
    }
    Ok(wanted.iter().map(|id| kept[id.0].clone()).collect())
}
