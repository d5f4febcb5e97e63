//! The float interpreter: runs the main graph, and those that it calls, and shows every tensor of the main graph
//! on the way. Tensors of called graphs are not shown: each may have many values in one run, or none.

mod checks;
mod constant;
mod control;
mod sparse;
mod state;

pub use checks::check_inputs;
pub use constant::constant;
pub use state::Run;

use checks::check_output;

use crate::error::{Error, Result};
use crate::ir::{Graph, Model, TensorId};
use crate::ops::{self, Call, OpDef};
use crate::value::Value;

/// A model ready to run: constants decoded, operators found. Threads may share it.
pub struct Interpreter<'a> {
    model: &'a Model,
    /// Which graph this is; the main one is 0.
    number: usize,
    graph: &'a Graph,
    /// The graphs that the main one calls, by number; none in those.
    called: Vec<Option<Interpreter<'a>>>,
    constants: Vec<Option<Value>>,
    defs: Vec<&'static OpDef>,
    /// For each tensor, the number of the last operator that reads it.
    last_use: Vec<Option<usize>>,
}

/// Runs the model once.
///
/// # Errors
/// See [`Interpreter::new`] and [`Interpreter::run_with`].
pub fn run(model: &Model, inputs: &[Value]) -> Result<Vec<Value>> {
    run_with(model, inputs, &mut |_, _| Ok(()))
}

/// Runs the model once; `observe` sees graph inputs and every operator's outputs.
///
/// # Errors
/// See [`Interpreter::new`] and [`Interpreter::run_with`].
pub fn run_with(
    model: &Model,
    inputs: &[Value],
    observe: &mut dyn FnMut(TensorId, &Value) -> Result<()>,
) -> Result<Vec<Value>> {
    Interpreter::new(model)?.run_with(inputs, observe)
}

impl<'a> Interpreter<'a> {
    /// Prepares a model.
    ///
    /// # Errors
    /// An operator without a float kernel (`Unsupported`), a constant that does not fit its shape.
    pub fn new(model: &'a Model) -> Result<Self> {
        let called = control::reached(model)?;
        Ok(Self {
            called,
            ..Self::of(model, 0)?
        })
    }

    /// Prepares the graph `number`.
    fn of(model: &'a Model, number: usize) -> Result<Self> {
        let graph = &model.graphs[number];
        let mut defs = Vec::with_capacity(graph.operators.len());
        for op in &graph.operators {
            defs.push(ops::definition(&op.code).ok_or_else(|| {
                Error::unsupported(
                    ops::place(graph, op),
                    "this operator has no float kernel",
                    "remove it from the model, or add its operator file",
                )
            })?);
        }
        let mut constants = graph
            .tensors
            .iter()
            .map(|tensor| constant(model, tensor))
            .collect::<Result<Vec<_>>>()?;
        // A constant without elements has no bytes either; what tells it is that nothing makes it.
        for (index, producer) in graph.producers().into_iter().enumerate() {
            let tensor = &graph.tensors[index];
            if tensor.elements() == Some(0) && producer.is_none() && !graph.inputs.contains(&TensorId(index))
            {
                constants[index] = Value::empty(tensor);
            }
        }
        let mut last_use = vec![None; graph.tensors.len()];
        for (index, op) in graph.operators.iter().enumerate() {
            for id in op.inputs.iter().flatten().chain(&op.outputs) {
                last_use[id.0] = Some(index);
            }
        }
        for id in &graph.outputs {
            last_use[id.0] = None;
        }
        for (index, tensor) in graph.tensors.iter().enumerate().filter(|(_, t)| t.is_variable) {
            if model.is_const(tensor) {
                return Err(Error::unsupported(
                    format!("variable `{}`", tensor.name),
                    "it has contents; variables begin as zeros",
                    "assign them in the model",
                ));
            }
            (constants[index], last_use[index]) = (None, None);
        }
        Ok(Self {
            model,
            number,
            graph,
            called: Vec::new(),
            constants,
            defs,
            last_use,
        })
    }

    /// Runs once; `observe` sees graph inputs and every operator's outputs, in execution order.
    ///
    /// # Errors
    /// Inputs of another number, type or shape than the model's, an operator that cannot run, an output of
    /// another shape than the model says, an error of `observe`.
    pub fn run_with(
        &self,
        inputs: &[Value],
        observe: &mut dyn FnMut(TensorId, &Value) -> Result<()>,
    ) -> Result<Vec<Value>> {
        check_inputs(self.graph, inputs)?;
        let run = Run::new(&self.called, checks::resized(self.graph, inputs));
        self.run_in(&run, inputs, observe)
    }

    /// Runs a called graph; nothing sees its tensors.
    fn run_called(&self, run: &Run<'_>, inputs: &[Value]) -> Result<Vec<Value>> {
        control::check_called(self.graph, inputs)?;
        self.run_in(run, inputs, &mut |_, _| Ok(()))
    }

    fn run_in(
        &self,
        run: &Run<'_>,
        inputs: &[Value],
        observe: &mut dyn FnMut(TensorId, &Value) -> Result<()>,
    ) -> Result<Vec<Value>> {
        let mut values: Vec<Option<Value>> = vec![None; self.graph.tensors.len()];
        for (id, value) in self.graph.inputs.iter().zip(inputs) {
            observe(*id, value)?;
            values[id.0] = Some(value.clone());
        }
        run.enter(self.number, self.graph, &mut values)?;
        for (index, (op, def)) in self.graph.operators.iter().zip(&self.defs).enumerate() {
            let value = |id: &TensorId| self.constants[id.0].as_ref().or(values[id.0].as_ref());
            let inputs: Vec<Option<&Value>> =
                op.inputs.iter().map(|id| id.as_ref().and_then(value)).collect();
            for (at, id) in op.inputs.iter().enumerate() {
                if let (Some(id), None) = (id, inputs[at]) {
                    return Err(Error::invalid(
                        ops::place(self.graph, op),
                        format!(
                            "input `{}` is read before anything makes it",
                            self.graph.tensor(*id).name
                        ),
                        "list operators in execution order",
                    ));
                }
            }
            let call = Call {
                model: self.model,
                graph: self.graph,
                op,
                inputs,
                run,
            };
            // Before anything is computed or allocated: a wrong option can ask for any size.
            for (id, shape) in op.outputs.iter().zip((def.shape)(&call)?) {
                check_output(self.graph, op, *id, &shape, self.number == 0 && !run.resized)?;
            }
            let mut outputs = (def.eval)(&call)?;
            state::update(self.graph, op, &mut outputs, &mut values);
            for (id, value) in op.outputs.iter().zip(outputs) {
                observe(*id, &value)?;
                values[id.0] = Some(value);
            }
            for id in op.inputs.iter().flatten().chain(&op.outputs) {
                if self.last_use[id.0] == Some(index) {
                    values[id.0] = None;
                }
            }
        }
        let output = |id: &TensorId| {
            let value = values[id.0].clone().or_else(|| self.constants[id.0].clone());
            value.ok_or_else(|| {
                let place = format!("output `{}`", self.graph.tensor(*id).name);
                Error::invalid(place, "nothing makes it", "remove it from the graph outputs")
            })
        };
        let outputs = self.graph.outputs.iter().map(output).collect();
        run.leave(self.number, self.graph, &mut values);
        outputs
    }
}
