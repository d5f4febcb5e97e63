//! Several records at once: the weights of late operators are read once for all of them.
//!
//! The early operators of a network make large activations of few weights; each record runs them by itself, and what it makes
//! is in cache when the next operator reads it. The late ones read more weights than activations. They take the records in
//! turn, operator after operator, so that all but the first find the weights in cache. Every record is computed as if it were
//! alone.

use super::execute::Observe;
use super::going::Going;
use super::interpreter::{Interpreter, Kind, Step};
use super::state::{Run, Sequence};
use super::workspace::{Workspace, nothing};
use quant_ir::error::{Error, Result};
use quant_ir::value::{Data, Value};
use quant_ir::{Graph, TensorId};
use quant_kernel::Range;

/// Records that are worth running together, at most. More of them push each other's activations out of cache.
pub const TOGETHER: usize = 4;

/// Who sees the tensors of records that run together.
pub trait Watch {
    /// A tensor of a record, as [`Observe`] is told it.
    ///
    /// # Errors
    /// What is wrong with it.
    fn value(&mut self, record: usize, id: TensorId, value: &Value, range: Option<Range>) -> Result<()>;

    /// Whether the range of a tensor is enough, wherever it is known without another look at the values.
    fn only_range(&self, _: TensorId) -> bool {
        false
    }

    /// The exact range of a tensor of a record, instead of its value.
    ///
    /// # Errors
    /// What is wrong with it.
    fn range(&mut self, _record: usize, _id: TensorId, _range: Range) -> Result<()> {
        Ok(())
    }
}

/// Which of the records failed, and why.
#[derive(Debug)]
pub struct Failed {
    /// Its number.
    pub record: usize,
    /// What became of it.
    pub error: Error,
}

impl Interpreter<'_> {
    /// Runs `count` records; `inputs` gives each of them when its turn has come, and `observe` sees their tensors, those of
    /// one record in execution order. Each runs as in [`Interpreter::run_with`], or, where they are `in_sequence`, as in
    /// [`Interpreter::run_in_sequence`] behind nothing.
    ///
    /// # Errors
    /// Of the first record that cannot run, whatever became of those behind it.
    pub fn run_together(
        &self,
        count: usize,
        in_sequence: bool,
        inputs: &mut dyn FnMut(usize) -> Result<Vec<Value>>,
        workspace: &mut Workspace,
        watch: &mut dyn Watch,
    ) -> std::result::Result<(), Failed> {
        workspace
            .rooms
            .resize_with(count.max(workspace.rooms.len()), Vec::new);
        let (mut records, mut failed) = (Vec::with_capacity(count), Ok(()));
        for record in 0..count {
            let mut begin = || {
                let inputs = inputs(record)?;
                let run = self.begin(&inputs)?;
                let run = if in_sequence {
                    run.behind(Sequence::default())
                } else {
                    run
                };
                let observe: Observe<'_> = &mut |id, value, range| watch.value(record, id, value, range);
                let mut going = self.enter(&run, inputs, workspace, observe)?;
                self.early(record, &run, &mut going, workspace, watch)?;
                self.move_out(record, &mut going, workspace);
                Ok((run, going))
            };
            match begin() {
                Ok(record) => records.push(record),
                Err(error) => {
                    failed = Err(Failed { record, error });
                    break;
                }
            }
        }
        for index in self.late..self.steps.len() {
            match self.abreast(index, &mut records, workspace, watch) {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => {
                    records.truncate(error.record);
                    failed = Err(error);
                    continue;
                }
            }
            for record in 0..records.len() {
                let (run, going) = &mut records[record];
                let observe: Observe<'_> = &mut |id, value, range| watch.value(record, id, value, range);
                std::mem::swap(&mut workspace.buffers, &mut workspace.rooms[record]);
                let done = self.advance(index..index + 1, run, going, workspace, observe);
                std::mem::swap(&mut workspace.buffers, &mut workspace.rooms[record]);
                if let Err(error) = done {
                    // Those before it may still fail, and then it is they that are told.
                    failed = Err(Failed { record, error });
                    records.truncate(record);
                    break;
                }
            }
        }
        for (record, (_, going)) in records.iter().enumerate() {
            self.outputs(going).map_err(|error| Failed { record, error })?;
        }
        failed
    }

    /// Runs the early operators on a record, in bands where that can be.
    fn early(
        &self,
        record: usize,
        run: &Run<'_>,
        going: &mut Going,
        workspace: &mut Workspace,
        watch: &mut dyn Watch,
    ) -> Result<()> {
        let pairs = if workspace.threads <= 1 && !run.resized {
            self.pairs.as_slice()
        } else {
            &[]
        };
        let mut done = 0;
        for pair in pairs {
            let observe: Observe<'_> = &mut |id, value, range| watch.value(record, id, value, range);
            self.advance(done..pair.first, run, going, workspace, observe)?;
            let banded = self.in_bands(record, pair, run, going, workspace, watch)?;
            done = pair.first + if banded { 2 } else { 0 };
        }
        let observe: Observe<'_> = &mut |id, value, range| watch.value(record, id, value, range);
        self.advance(done..self.late, run, going, workspace, observe)
    }

    /// Copies what a record's late operators read into buffers of its own; the next record needs those of the early ones.
    fn move_out(&self, record: usize, going: &mut Going, workspace: &mut Workspace) {
        let room = &mut workspace.rooms[record];
        room.resize_with(self.plan.buffers.len(), nothing);
        for (value, slot) in going.values.iter_mut().zip(&self.plan.slots) {
            let (Some(Value { data, .. }), Some(slot)) = (value, slot) else {
                continue;
            };
            if let (Data::F32(from), Data::F32(to)) = (&*data, &mut room[*slot]) {
                to.clone_from(from);
                let own = std::mem::replace(&mut room[*slot], nothing());
                workspace.buffers[*slot] = std::mem::replace(data, own);
            }
        }
    }
}

/// The first of the operators that read more weights than they and all behind them make activations: the number of operators
/// when there is no such.
pub(super) fn late(graph: &Graph, steps: &[Step]) -> usize {
    let elements = |id: &TensorId| graph.tensor(*id).elements().unwrap_or(0);
    let (mut sum, mut best, mut late) = (0i64, 0, steps.len());
    for (index, (op, step)) in graph.operators().iter().zip(steps).enumerate().rev() {
        let weights: usize = match &step.kind {
            Kind::Ready(_) => (op.inputs.iter().flatten())
                .filter(|id| graph.producer(**id).is_none() && !graph.is_input(**id))
                .map(elements)
                .sum(),
            _ => 0,
        };
        sum += weights as i64 - op.outputs.iter().map(elements).sum::<usize>() as i64;
        if sum > best {
            (best, late) = (sum, index);
        }
    }
    late
}

#[cfg(test)]
mod tests {
    use super::*;
    use quant_ir::Model;
    use quant_ir::error::Problem;

    /// A layer of few weights, and one of more weights than it makes activations.
    fn model() -> Model {
        let recipe = r#"
            operand { name: "x" type: FLOAT32 shape { dim: 1 dim: 6 dim: 6 dim: 3 } }
            operand { name: "v" type: FLOAT32 shape { dim: 4 dim: 1 dim: 1 dim: 3 } filler { tag: "gaussian" arg: "0.0" arg: "1.0" } }
            operand { name: "w" type: FLOAT32 shape { dim: 40 dim: 6 dim: 6 dim: 4 } filler { tag: "gaussian" arg: "0.0" arg: "1.0" } }
            operand { name: "b" type: FLOAT32 shape { dim: 40 } filler { tag: "constant" arg: "0.5" } }
            operand { name: "early" type: FLOAT32 shape { dim: 1 dim: 6 dim: 6 dim: 4 } }
            operand { name: "made" type: FLOAT32 shape { dim: 1 dim: 1 dim: 1 dim: 40 } }
            operand { name: "y" type: FLOAT32 shape { dim: 1 dim: 1 dim: 1 dim: 40 } }
            operation { type: "Conv2D" input: "x" input: "v" input: "" output: "early"
                conv2d_options { padding: VALID stride_w: 1 stride_h: 1 } }
            operation { type: "Conv2D" input: "early" input: "w" input: "b" output: "made"
                conv2d_options { padding: VALID stride_w: 1 stride_h: 1 } }
            operation { type: "ReLU" input: "made" output: "y" }
            input: "x" output: "y""#;
        quant_recipe::build(&quant_case::recipe::parse(recipe).unwrap()).unwrap()
    }

    fn record(number: usize) -> Vec<Value> {
        let values = (0..108).map(|at| ((at * 7 + number * 13) % 29) as f32 / 7.0 - 2.0);
        vec![Value::f32(vec![1, 6, 6, 3], values.collect())]
    }

    type Seen = Vec<(TensorId, Value)>;

    /// Sees every value.
    struct Each<F>(F);

    impl<F: FnMut(usize, TensorId, &Value) -> Result<()>> Watch for Each<F> {
        fn value(&mut self, record: usize, id: TensorId, value: &Value, _: Option<Range>) -> Result<()> {
            (self.0)(record, id, value)
        }
    }

    #[test]
    fn every_record_is_computed_as_if_it_were_alone() {
        let model = model();
        let interpreter = Interpreter::new(&model).unwrap();
        assert_eq!(interpreter.late, 1, "the second layer reads more than it makes");
        let mut workspace = Workspace::new(1);
        for (first, count) in [(0, 3), (3, 1), (4, TOGETHER), (8, 2)] {
            let mut seen: Vec<Seen> = vec![Vec::new(); count];
            interpreter
                .run_together(
                    count,
                    first % 2 == 1,
                    &mut |at| Ok(record(first + at)),
                    &mut workspace,
                    &mut Each(|at: usize, id, value: &Value| {
                        seen[at].push((id, value.clone()));
                        Ok(())
                    }),
                )
                .unwrap();
            for (at, seen) in seen.into_iter().enumerate() {
                let mut alone = Seen::new();
                let keep: Observe<'_> = &mut |id, value, _| {
                    alone.push((id, value.clone()));
                    Ok(())
                };
                interpreter
                    .run_with(record(first + at), &mut Workspace::default(), keep)
                    .unwrap();
                assert_eq!(seen, alone, "record {at} of {count}");
            }
        }
    }

    #[test]
    fn the_first_record_that_fails_is_told() {
        let model = model();
        let interpreter = Interpreter::new(&model).unwrap();
        // Records that fail when they are read, in the early operator and in the late ones; in the order of the operators the
        // others come first.
        for (read, early, late, first) in [
            (3, 9, 9, 3),
            (3, 2, 9, 2),
            (3, 2, 1, 1),
            (9, 9, 2, 2),
            (1, 2, 3, 1),
        ] {
            let failed = interpreter.run_together(
                4,
                false,
                &mut |at| {
                    if at == read {
                        Ok(Vec::new())
                    } else {
                        Ok(record(at))
                    }
                },
                &mut Workspace::new(1),
                &mut Each(|at, id: TensorId, _: &Value| {
                    let place = &model.main().tensor(id).name;
                    if (at == early && place == "early")
                        || (at >= late && place == if at == late { "y" } else { "made" })
                    {
                        return Err(Error::new("", Problem::AllNan, ""));
                    }
                    Ok(())
                }),
            );
            assert_eq!(failed.unwrap_err().record, first);
        }
    }
}
