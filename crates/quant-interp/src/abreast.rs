//! Rows of several records as one input: a fully connected layer of one row reads all of its weights for it, and the same for four.

use super::checks;
use super::going::Going;
use super::interpreter::{Interpreter, Kind};
use super::state::Run;
use super::together::{Failed, Watch};
use super::workspace::Workspace;
use crate::ops::Ready;
use quant_ir::value::{Data, Floats, Value};
use quant_ir::{Operator, TensorId};

impl Interpreter<'_> {
    /// Runs an operator on all records at once, where each row of its input makes a row of its output by itself; does nothing, and
    /// tells so, where it does not or something is wrong, which is told record by record.
    ///
    /// # Errors
    /// Of the first record whose output is refused.
    pub(super) fn abreast(
        &self,
        index: usize,
        records: &mut [(Run<'_>, Going)],
        workspace: &mut Workspace,
        watch: &mut dyn Watch,
    ) -> Result<bool, Failed> {
        let op = &self.graph.operators()[index];
        let (Kind::Ready(ready), &[id], Some(Some(input))) =
            (&self.steps[index].kind, op.outputs.as_slice(), op.inputs.first())
        else {
            return Ok(false);
        };
        let fits = ready.by_rows() && records.len() > 1 && workspace.threads <= 1;
        if !fits || records.iter().any(|(run, _)| run.resized) {
            return Ok(false);
        }
        let Some((shape, out)) = self.rows_of_all(ready.as_ref(), op, *input, records, workspace) else {
            return Ok(false);
        };
        let elements = shape.iter().product();
        let done = records
            .iter_mut()
            .enumerate()
            .try_for_each(|(record, (_, going))| {
                std::mem::swap(&mut workspace.buffers, &mut workspace.rooms[record]);
                let mut own = self.room(id, elements, false, workspace);
                own.copy_from_slice(&out[record * elements..][..elements]);
                let value = Value {
                    shape: shape.clone(),
                    data: Data::F32(own),
                };
                let told = watch.value(record, id, &value, None);
                going.values[id.0] = Some(value);
                let done = told.and_then(|()| self.settle(index, going, workspace));
                std::mem::swap(&mut workspace.buffers, &mut workspace.rooms[record]);
                done.map_err(|error| Failed { record, error })
            });
        workspace.spare.push(out);
        done.map(|()| true)
    }

    /// The shape of the output for one record, and the outputs of all, one behind the other.
    fn rows_of_all(
        &self,
        ready: &dyn Ready,
        op: &Operator,
        input: TensorId,
        records: &[(Run<'_>, Going)],
        workspace: &mut Workspace,
    ) -> Option<(Vec<usize>, Floats)> {
        let (run, first) = records.first()?;
        let mut call = self.call(op, |id| first.values[id.0].as_ref(), run, true).ok()?;
        let shape = ready.shape(&call).ok()?;
        checks::check_output(self.graph, op, *op.outputs.first()?, &shape, self.number == 0).ok()?;
        let one = first.values[input.0].as_ref()?.as_f32()?.len();
        let mut all = workspace.spare.pop().unwrap_or_default();
        all.renew(one * records.len(), 0);
        for ((_, going), row) in records.iter().zip(all.chunks_exact_mut(one.max(1))) {
            let values = going.values[input.0].as_ref()?.as_f32()?;
            row.copy_from_slice((values.len() == one).then_some(values)?);
        }
        let all = Value {
            shape: vec![records.len(), one],
            data: Data::F32(all),
        };
        let mut out = workspace.spare.pop().unwrap_or_default();
        out.renew(shape.iter().product::<usize>() * records.len(), 0);
        call.inputs[0] = Some(&all);
        ready.run(&call, 1, &mut out).ok()?;
        if let Data::F32(all) = all.data {
            workspace.spare.push(all);
        }
        Some((shape, out))
    }
}

#[cfg(test)]
mod tests {
    use crate::together::Watch;
    use crate::{Interpreter, Workspace};
    use quant_ir::error::{Error, Problem, Result};
    use quant_ir::value::Value;
    use quant_ir::{Model, TensorId};
    use quant_kernel::Range;

    /// Layers of one row a record and of two, with an activation that kernels clamp, one that they do not, and none.
    fn model() -> Model {
        let recipe = r#"
            operand { name: "x" type: FLOAT32 shape { dim: 2 dim: 20 } }
            operand { name: "v" type: FLOAT32 shape { dim: 70 dim: 40 } filler { tag: "gaussian" arg: "0.0" arg: "1.0" } }
            operand { name: "w" type: FLOAT32 shape { dim: 33 dim: 35 } filler { tag: "gaussian" arg: "0.0" arg: "1.0" } }
            operand { name: "u" type: FLOAT32 shape { dim: 5 dim: 33 } filler { tag: "gaussian" arg: "0.0" arg: "1.0" } }
            operand { name: "b" type: FLOAT32 shape { dim: 33 } filler { tag: "constant" arg: "0.5" } }
            operand { name: "a" type: FLOAT32 shape { dim: 1 dim: 70 } }
            operand { name: "c" type: FLOAT32 shape { dim: 2 dim: 33 } }
            operand { name: "y" type: FLOAT32 shape { dim: 2 dim: 5 } }
            operation { type: "FullyConnected" input: "x" input: "v" input: "" output: "a" fullyconnected_options { activation: RELU6 } }
            operation { type: "FullyConnected" input: "a" input: "w" input: "b" output: "c" fullyconnected_options { activation: TANH } }
            operation { type: "FullyConnected" input: "c" input: "u" input: "" output: "y" fullyconnected_options { activation: NONE } }
            input: "x" output: "y""#;
        quant_recipe::build(&quant_case::recipe::parse(recipe).unwrap()).unwrap()
    }

    fn record(number: usize) -> Vec<Value> {
        let values = (0..40).map(|at| ((at * 7 + number * 13) % 29) as f32 / 7.0 - 2.0);
        vec![Value::f32(vec![2, 20], values.collect())]
    }

    /// Sees what each record makes, and refuses a tensor of some.
    struct Seen<'s> {
        made: Vec<Vec<(TensorId, Vec<u32>)>>,
        refused: (&'s [usize], TensorId),
    }

    impl Watch for Seen<'_> {
        fn value(&mut self, record: usize, id: TensorId, value: &Value, range: Option<Range>) -> Result<()> {
            let values = value.as_f32().unwrap();
            if let Some(range) = range {
                assert_eq!(range.checked(values), Range::of(values));
            }
            self.made[record].push((id, values.iter().map(|x| x.to_bits()).collect()));
            if self.refused.0.contains(&record) && self.refused.1 == id {
                return Err(Error::new("", Problem::AllNan, ""));
            }
            Ok(())
        }
    }

    #[test]
    fn rows_of_all_records_are_those_of_each() {
        let model = model();
        let interpreter = Interpreter::new(&model).unwrap();
        assert_eq!(interpreter.late, 0);
        let mut workspace = Workspace::new(1);
        let output = model.main().outputs()[0];
        for count in [1, 2, 4, 3, 4] {
            let mut run = |first: usize, count: usize, refused: &[usize], id| {
                let made = vec![Vec::new(); count];
                let refused = (refused, id);
                let mut seen = Seen { made, refused };
                let inputs = &mut |at| Ok(record(first + at));
                let done = interpreter.run_together(count, false, inputs, &mut workspace, &mut seen);
                (seen.made, done.err().map(|failed| failed.record))
            };
            let (together, failed) = run(0, count, &[], output);
            assert_eq!(failed, None);
            for (number, made) in together.iter().enumerate() {
                assert_eq!(made.len(), 4);
                assert_eq!(
                    *made,
                    run(number, 1, &[], output).0[0],
                    "record {number} of {count}"
                );
            }
            for id in model.main().operators().iter().map(|op| op.outputs[0]) {
                assert_eq!(run(0, count, &[9, count - 1], id).1, Some(count - 1));
                assert_eq!(run(0, count, &[count - 1, 0], id).1, Some(0));
            }
        }
    }
}
