//! The run loop.

use super::going::Going;
use super::interpreter::{Interpreter, Kind};
use super::state::{self, Run, Sequence, Subgraph};
use super::workspace::{Workspace, nothing};
use super::{checks, control};
use crate::ops::integer::ready as integer;
use crate::ops::{self, Call};
use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::value::{Data, Value};
use quant_ir::{Model, Operator, TensorId};
use quant_kernel::Range;

/// What is told of a value while the model runs: its tensor, the value, and its range where the kernel found it
/// on the way (lowest floats are not left out of it; see [`Range::checked`]).
pub type Observe<'o> = &'o mut dyn FnMut(TensorId, &Value, Option<Range>) -> Result<()>;

/// Runs the model once.
///
/// # Errors
/// See [`Interpreter::new`] and [`Interpreter::run_with`].
pub fn run(model: &Model, inputs: &[Value]) -> Result<Vec<Value>> {
    Interpreter::new(model)?.run_with(inputs.to_vec(), &mut Workspace::default(), &mut |_, _, _| Ok(()))
}

/// A called graph; nothing sees its tensors.
impl Subgraph for Interpreter<'_> {
    fn run(&self, run: &Run<'_>, inputs: &[Value]) -> Result<Vec<Value>> {
        control::check_called(self.graph, inputs)?;
        self.run_in(run, inputs.to_vec(), &mut Workspace::default(), &mut |_, _, _| {
            Ok(())
        })
    }
}

impl Interpreter<'_> {
    /// Runs once; `observe` sees graph inputs and every operator's outputs, in execution order.
    ///
    /// # Errors
    /// Inputs of another number, type or shape than the model's, an operator that cannot run, an output of
    /// another shape than the model says, an error of `observe`.
    pub fn run_with(
        &self,
        inputs: Vec<Value>,
        workspace: &mut Workspace,
        observe: Observe<'_>,
    ) -> Result<Vec<Value>> {
        let run = self.begin(&inputs)?;
        self.run_in(&run, inputs, workspace, observe)
    }

    /// The same as one run of a sequence, as TensorFlow's calibrator runs a model: variables go on with the values that
    /// the run before left, and `observe` sees them before and behind each operator that reads them, and the
    /// intermediate results of LSTMs that have tensors for them ([`quant_ir::Operator::intermediates`]).
    ///
    /// # Errors
    /// See [`Self::run_with`]; `sequence` is empty then.
    pub fn run_in_sequence(
        &self,
        inputs: Vec<Value>,
        workspace: &mut Workspace,
        sequence: &mut Sequence,
        observe: Observe<'_>,
    ) -> Result<Vec<Value>> {
        let run = self.begin(&inputs)?.behind(std::mem::take(sequence));
        let outputs = self.run_in(&run, inputs, workspace, observe)?;
        *sequence = run.into_sequence();
        Ok(outputs)
    }

    /// A run on inputs that fit.
    pub(super) fn begin(&self, inputs: &[Value]) -> Result<Run<'_>> {
        checks::check_inputs(self.graph, inputs)?;
        let called = self.called.iter();
        let called = called.map(|graph| graph.as_ref().map(|graph| graph as &dyn Subgraph));
        Ok(Run::new(called.collect(), checks::resized(self.graph, inputs)))
    }

    fn run_in(
        &self,
        run: &Run<'_>,
        inputs: Vec<Value>,
        workspace: &mut Workspace,
        observe: Observe<'_>,
    ) -> Result<Vec<Value>> {
        let mut going = self.enter(run, inputs, workspace, observe)?;
        self.advance(0..self.steps.len(), run, &mut going, workspace, observe)?;
        let outputs = self.outputs(&going);
        run.leave(self.number, self.graph, &mut going.values);
        outputs
    }

    /// What there is before the first operator: inputs and variables.
    pub(super) fn enter(
        &self,
        run: &Run<'_>,
        inputs: Vec<Value>,
        workspace: &mut Workspace,
        observe: Observe<'_>,
    ) -> Result<Going> {
        workspace.buffers.resize_with(self.plan.buffers.len(), nothing);
        let mut values: Vec<Option<Value>> = vec![None; self.graph.tensors().len()];
        for (id, value) in self.graph.inputs().iter().zip(inputs) {
            observe(*id, &value, None)?;
            values[id.0] = Some(value);
        }
        run.enter(self.number, self.graph, &mut values)?;
        let live = values.iter().flatten().map(Value::len).sum();
        Ok(Going { values, live })
    }

    /// Runs these operators.
    pub(super) fn advance(
        &self,
        operators: std::ops::Range<usize>,
        run: &Run<'_>,
        going: &mut Going,
        workspace: &mut Workspace,
        observe: Observe<'_>,
    ) -> Result<()> {
        for index in operators {
            self.step(index, run, &mut going.values, workspace, observe)?;
            self.settle(index, going, workspace)?;
        }
        Ok(())
    }

    /// The graph outputs, when all operators have run.
    pub(super) fn outputs(&self, going: &Going) -> Result<Vec<Value>> {
        let output = |id: &TensorId| {
            let value = going.values[id.0]
                .clone()
                .or_else(|| self.constants[id.0].clone());
            value.ok_or_else(|| {
                let place = Place::tensor("output", &self.graph.tensor(*id).name).numbered(id.0);
                Error::new(
                    place,
                    Problem::Order("nothing makes it".into()),
                    "remove it from the graph outputs",
                )
            })
        };
        self.graph.outputs().iter().map(output).collect()
    }

    /// Runs one operator and puts its outputs among the values.
    fn step(
        &self,
        index: usize,
        run: &Run<'_>,
        values: &mut [Option<Value>],
        workspace: &mut Workspace,
        observe: Observe<'_>,
    ) -> Result<()> {
        let (op, step) = (&self.graph.operators()[index], &self.steps[index]);
        let said = self.number == 0 && !run.resized;
        match (&step.kind, op.outputs.as_slice()) {
            (Kind::Folded, outputs) => {
                for id in outputs {
                    if let Some(value) = &self.constants[id.0] {
                        observe(*id, value, None)?;
                    }
                }
            }
            (Kind::Ready(ready), &[id]) => {
                let call = self.call(op, |id| values[id.0].as_ref(), run, true)?;
                let shape = ready.shape(&call)?;
                checks::check_output(self.graph, op, id, &shape, said)?;
                let mut out = self.room(id, shape.iter().product(), index < self.late, workspace);
                let range = ready.run(&call, workspace.threads, &mut out)?;
                let data = Data::F32(out);
                let value = Value { shape, data };
                observe(id, &value, range)?;
                values[id.0] = Some(value);
            }
            (Kind::ReadyInteger(ready), &[id]) => {
                let call = self.call(op, |id| values[id.0].as_ref(), run, true)?;
                let shape = ready.shape(&call)?;
                checks::check_output(self.graph, op, id, &shape, said)?;
                let slot = self.plan.slots[id.0].and_then(|slot| workspace.buffers.get_mut(slot));
                let mut data = slot.map_or_else(nothing, |slot| std::mem::replace(slot, nothing()));
                integer::fill(&call, &**ready, &shape, &mut workspace.scratch, &mut data)?;
                let value = Value { shape, data };
                observe(id, &value, None)?;
                values[id.0] = Some(value);
            }
            (kind, outputs) => {
                self.tell_variables(op, run, values, observe)?;
                let call = self.call(op, |id| values[id.0].as_ref(), run, false)?;
                // Before anything is computed or allocated: a wrong option can ask for any size.
                let shapes = (step.def.shape)(&call)?;
                checks::check_outputs(self.graph, op, &shapes, said)?;
                let mut made = match kind {
                    Kind::Integer(kernel, profile) => kernel(&call, *profile)?,
                    Kind::Plain(eval) => eval(&call)?,
                    _ => (step.def.eval)(&call)?,
                };
                for (at, value) in made.iter().enumerate() {
                    checks::check_made(self.graph, op, value, shapes.get(at).map(Vec::as_slice))?;
                }
                // Behind the outputs stand the new values of variables.
                checks::check_number(self.graph, op, made.len(), outputs.len() <= made.len())?;
                state::update(self.graph, op, &mut made, values);
                self.tell_variables(op, run, values, observe)?;
                let numbers = op.intermediates.iter().flatten();
                for (number, value) in numbers.zip(run.take_intermediates()) {
                    if let Some(id) = usize::try_from(*number).ok().filter(|_| self.number == 0) {
                        observe(TensorId(id), &value, None)?;
                    }
                }
                for (id, value) in outputs.iter().zip(made) {
                    observe(*id, &value, None)?;
                    values[id.0] = Some(value);
                }
            }
        }
        Ok(())
    }

    /// Shows the variables that an operator of the main graph reads, where that is asked for.
    fn tell_variables(
        &self,
        op: &Operator,
        run: &Run<'_>,
        values: &[Option<Value>],
        observe: Observe<'_>,
    ) -> Result<()> {
        let variables = op
            .inputs
            .iter()
            .flatten()
            .filter(|id| self.graph.tensor(**id).is_variable);
        for id in variables.filter(|_| run.inner && self.number == 0) {
            if let Some(value) = &values[id.0] {
                observe(*id, value, None)?;
            }
        }
        Ok(())
    }

    /// The operator with its inputs' values. What a ready operator packed is absent.
    pub(super) fn call<'c>(
        &'c self,
        op: &'c Operator,
        values: impl Fn(TensorId) -> Option<&'c Value>,
        run: &'c Run<'c>,
        ready: bool,
    ) -> Result<Call<'c>> {
        let value = |id: &TensorId| self.constants[id.0].as_ref().or_else(|| values(*id));
        let inputs: Vec<Option<&Value>> = op.inputs.iter().map(|id| id.as_ref().and_then(value)).collect();
        for (id, input) in op.inputs.iter().zip(&inputs) {
            let Some(id) = id.filter(|_| input.is_none()) else {
                continue;
            };
            let tensor = self.graph.tensor(id);
            if !(ready && self.model.is_const(tensor)) {
                return Err(Error::new(
                    ops::place(self.graph, op),
                    Problem::Order(format!(
                        "input `{}` is read before anything makes it",
                        tensor.name
                    )),
                    "list operators in execution order",
                ));
            }
        }
        Ok(Call {
            model: self.model,
            graph: self.graph,
            op,
            inputs,
            run,
        })
    }
}
