//! The float interpreter: runs the main graph and shows every tensor on the way.

mod checks;
mod constant;
mod plan;

pub use checks::check_inputs;
pub use constant::constant;

use checks::check_output;
use plan::Span;

use crate::error::{Error, Result};
use crate::ir::{DType, Graph, Model, Operator, TensorId};
use crate::kernel::Range;
use crate::ops::{self, Call, OpDef, Ready};
use crate::value::{Data, Value};

/// A model ready to run: operators found, constants decoded or packed. Threads may share it.
pub struct Interpreter<'a> {
    model: &'a Model,
    graph: &'a Graph,
    constants: Vec<Option<Value>>,
    steps: Vec<Step>,
    /// For each tensor, the buffer that holds it, and how many buffers there are.
    slots: (Vec<Option<usize>>, usize),
}

/// One operator.
struct Step {
    def: &'static OpDef,
    ready: Option<Box<dyn Ready>>,
    /// Activations that nothing reads afterwards.
    dying: Vec<TensorId>,
}

/// What one thread needs while it runs: the buffers of the activations. It may serve any number of runs.
#[derive(Debug, Default)]
pub struct Workspace {
    buffers: Vec<Vec<f32>>,
    /// Threads that one operator may use, those of the current rayon pool.
    threads: usize,
}

impl Workspace {
    /// For runs in which each operator uses up to `threads` threads of the current rayon pool. The values do not
    /// depend on it.
    pub fn new(threads: usize) -> Self {
        Self {
            buffers: Vec::new(),
            threads,
        }
    }
}

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

impl<'a> Interpreter<'a> {
    /// Prepares a model.
    ///
    /// # Errors
    /// An operator without a float kernel (`Unsupported`), a constant that does not fit its shape.
    pub fn new(model: &'a Model) -> Result<Self> {
        let graph = model.main();
        let mut steps = Vec::with_capacity(graph.operators.len());
        let dying = dying(graph);
        // Constants that only packed operators read are not decoded.
        let mut read = vec![false; graph.tensors.len()];
        for (op, dying) in graph.operators.iter().zip(dying) {
            let def = ops::find(op.code.builtin).ok_or_else(|| {
                Error::unsupported(
                    ops::place(graph, op),
                    "this operator has no float kernel",
                    "remove it from the model, or add its operator file",
                )
            })?;
            let (ready, packed) = ready(model, graph, op)?.unzip();
            for (at, id) in op.inputs.iter().enumerate() {
                if let Some(id) = id.filter(|_| !packed.unwrap_or_default().contains(&at)) {
                    read[id.0] = true;
                }
            }
            steps.push(Step { def, ready, dying });
        }
        for id in &graph.outputs {
            read[id.0] = true;
        }
        let mut constants = vec![None; graph.tensors.len()];
        for ((constant, tensor), _) in constants
            .iter_mut()
            .zip(&graph.tensors)
            .zip(read)
            .filter(|(_, read)| *read)
        {
            *constant = self::constant(model, tensor)?;
        }
        // A constant without elements has no bytes either; what tells it is that nothing makes it.
        for (index, producer) in graph.producers().into_iter().enumerate() {
            let tensor = &graph.tensors[index];
            if tensor.elements() == Some(0) && producer.is_none() && !graph.inputs.contains(&TensorId(index))
            {
                constants[index] = Value::empty(tensor);
            }
        }
        let slots = plan::assign(graph.tensors.len(), spans(graph, &steps));
        Ok(Self {
            model,
            graph,
            constants,
            steps,
            slots,
        })
    }

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
        check_inputs(self.graph, &inputs)?;
        workspace.buffers.resize_with(self.slots.1, Vec::new);
        let mut values: Vec<Option<Value>> = vec![None; self.graph.tensors.len()];
        for (id, value) in self.graph.inputs.iter().zip(inputs) {
            observe(*id, &value, None)?;
            values[id.0] = Some(value);
        }
        for (op, step) in self.graph.operators.iter().zip(&self.steps) {
            let call = self.call(op, &values, step.ready.is_some())?;
            if let (Some(ready), &[id]) = (&step.ready, op.outputs.as_slice()) {
                let shape = ready.shape(&call)?;
                check_output(self.graph, op, id, &shape)?;
                let mut out = self.slots.0[id.0]
                    .map_or_else(Vec::new, |slot| std::mem::take(&mut workspace.buffers[slot]));
                out.resize(shape.iter().product(), 0.0);
                let range = ready.run(&call, workspace.threads, &mut out)?;
                let value = Value::f32(shape, out);
                observe(id, &value, range)?;
                values[id.0] = Some(value);
            } else {
                // Before anything is computed or allocated: a wrong option can ask for any size.
                for (id, shape) in op.outputs.iter().zip((step.def.shape)(&call)?) {
                    check_output(self.graph, op, *id, &shape)?;
                }
                let outputs = (step.def.eval)(&call)?;
                for (id, value) in op.outputs.iter().zip(outputs) {
                    observe(*id, &value, None)?;
                    values[id.0] = Some(value);
                }
            }
            for id in &step.dying {
                self.free(*id, values[id.0].take(), workspace);
            }
        }
        let output = |id: &TensorId| {
            let value = values[id.0].clone().or_else(|| self.constants[id.0].clone());
            value.ok_or_else(|| {
                let place = format!("output `{}`", self.graph.tensor(*id).name);
                Error::invalid(place, "nothing makes it", "remove it from the graph outputs")
            })
        };
        self.graph.outputs.iter().map(output).collect()
    }

    /// The operator with its inputs' values. What a ready operator packed is absent.
    fn call<'c>(&'c self, op: &'c Operator, values: &'c [Option<Value>], ready: bool) -> Result<Call<'c>> {
        let value = |id: &TensorId| self.constants[id.0].as_ref().or(values[id.0].as_ref());
        let inputs: Vec<Option<&Value>> = op.inputs.iter().map(|id| id.as_ref().and_then(value)).collect();
        for (id, input) in op.inputs.iter().zip(&inputs) {
            let Some(id) = id.filter(|_| input.is_none()) else {
                continue;
            };
            let tensor = self.graph.tensor(id);
            if !(ready && self.model.is_const(tensor)) {
                return Err(Error::invalid(
                    ops::place(self.graph, op),
                    format!("input `{}` is read before anything makes it", tensor.name),
                    "list operators in execution order",
                ));
            }
        }
        Ok(Call {
            model: self.model,
            graph: self.graph,
            op,
            inputs,
        })
    }

    /// Gives a dead value's buffer back.
    fn free(&self, id: TensorId, value: Option<Value>, workspace: &mut Workspace) {
        if let (Some(slot), Some(Data::F32(buffer))) = (self.slots.0[id.0], value.map(|value| value.data)) {
            workspace.buffers[slot] = buffer;
        }
    }
}

/// For each operator, the tensors that nothing reads after it; graph outputs stay.
fn dying(graph: &Graph) -> Vec<Vec<TensorId>> {
    let mut last = vec![None; graph.tensors.len()];
    for (index, op) in graph.operators.iter().enumerate() {
        for id in op.inputs.iter().flatten().chain(&op.outputs) {
            last[id.0] = Some(index);
        }
    }
    for id in &graph.outputs {
        last[id.0] = None;
    }
    let mut dying = vec![Vec::new(); graph.operators.len()];
    for (tensor, last) in last.into_iter().enumerate() {
        if let Some(last) = last {
            dying[last].push(TensorId(tensor));
        }
    }
    dying
}

/// A ready operator and the inputs that it packed.
type Packing = (Box<dyn Ready>, &'static [usize]);

/// The operator made ready, and which inputs it packed; `None` when it cannot be or what it packs is no constant.
fn ready(model: &Model, graph: &Graph, op: &Operator) -> Result<Option<Packing>> {
    let &[output] = op.outputs.as_slice() else {
        return Ok(None);
    };
    let prepare = ops::prepare(op.code.builtin).filter(|_| graph.tensor(output).dtype == DType::Float32);
    let Some(prepare) = prepare else { return Ok(None) };
    let mut packed = Vec::with_capacity(op.inputs.len());
    for (at, id) in op.inputs.iter().enumerate() {
        let Some(id) = id.filter(|_| prepare.packed.contains(&at)) else {
            packed.push(None);
            continue;
        };
        let tensor = graph.tensor(id);
        let Some(value) = constant(model, tensor)? else {
            return Ok(None);
        };
        packed.push(Some(value));
    }
    let call = Call {
        model,
        graph,
        op,
        inputs: packed.iter().map(Option::as_ref).collect(),
    };
    Ok(Some(((prepare.make)(&call)?, prepare.packed)))
}

/// How long each output of a ready operator lives. Graph outputs are given away, and need no buffer.
fn spans(graph: &Graph, steps: &[Step]) -> Vec<Span> {
    let mut spans = Vec::new();
    for (from, (op, step)) in graph.operators.iter().zip(steps).enumerate() {
        let (Some(_), &[id]) = (&step.ready, op.outputs.as_slice()) else {
            continue;
        };
        let to = steps.iter().position(|step| step.dying.contains(&id));
        if let (Some(to), Some(size)) = (to, graph.tensor(id).elements()) {
            spans.push(Span {
                tensor: id.0,
                size,
                from,
                to,
            });
        }
    }
    spans
}
