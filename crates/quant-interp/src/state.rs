//! What lives for one run of a model: variables, and how far control flow has gone.
//!
//! A run starts fresh, so that records are independent of each other and of the thread that runs them: variable tensors
//! begin as zeros, resource variables without a value, and CALL_ONCE runs its graph once a run. In a [`Sequence`] each run
//! goes on where the one before ended, as an interpreter of TensorFlow Lite does.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::limits::{MAX_CALLS, MAX_ELEMENTS, MAX_ITERATIONS};
use quant_ir::value::{Data, Value};
use quant_ir::{Graph, Operator, Tensor, TensorId};

/// A graph that an operator may call.
pub trait Subgraph {
    /// Runs it once as a part of `run`.
    ///
    /// # Errors
    /// Inputs of another number or type than its own, an operator that cannot run.
    fn run(&self, run: &Run<'_>, inputs: &[Value]) -> Result<Vec<Value>>;
}

/// What runs leave to those that follow: the values of variables, and which graphs CALL_ONCE has run. The default is
/// nothing.
#[derive(Clone, Debug, Default)]
pub struct Sequence {
    /// Variable tensors of each graph.
    variables: BTreeMap<(usize, TensorId), Value>,
    /// Names of resource variables, with their values; a handle is a number in this list.
    resources: Vec<(Name, Option<Value>)>,
    /// Graphs that CALL_ONCE has run.
    initialized: BTreeSet<usize>,
}

/// One run.
pub struct Run<'a> {
    /// The graphs that control flow reaches, by number.
    graphs: Vec<Option<&'a dyn Subgraph>>,
    /// Whether the graph inputs have other shapes than the file says.
    pub resized: bool,
    sequence: RefCell<Sequence>,
    /// Whether variables and intermediate results are told.
    pub inner: bool,
    /// Intermediate results of the operator that runs.
    intermediates: RefCell<Vec<Value>>,
    depth: Cell<usize>,
    iterations: Cell<usize>,
}

/// Container and shared name of a resource variable.
type Name = (String, String);

impl<'a> Run<'a> {
    /// A run that has not begun.
    pub fn new(graphs: Vec<Option<&'a dyn Subgraph>>, resized: bool) -> Self {
        Self {
            graphs,
            resized,
            sequence: RefCell::default(),
            inner: false,
            intermediates: RefCell::default(),
            depth: Cell::new(0),
            iterations: Cell::new(0),
        }
    }

    /// The same in a sequence, behind the runs that left this; it tells variables and intermediate results.
    #[must_use]
    pub fn behind(mut self, sequence: Sequence) -> Self {
        self.sequence = RefCell::new(sequence);
        self.inner = true;
        self
    }

    /// What it leaves to those that follow.
    pub fn into_sequence(self) -> Sequence {
        self.sequence.into_inner()
    }

    /// Keeps the intermediate results of the operator that runs, in the order of its list of them; one without elements
    /// stands for none.
    pub fn keep_intermediates(&self, values: Vec<Value>) {
        *self.intermediates.borrow_mut() = values;
    }

    /// Those that were kept since the last call.
    pub fn take_intermediates(&self) -> Vec<Value> {
        self.intermediates.take()
    }

    /// Puts the variable tensors of a graph among its values.
    pub(super) fn enter(&self, number: usize, graph: &Graph, values: &mut [Option<Value>]) -> Result<()> {
        for (index, tensor) in graph.tensors().iter().enumerate() {
            if !tensor.is_variable || graph.inputs().contains(&TensorId(index)) {
                continue;
            }
            let kept = self
                .sequence
                .borrow_mut()
                .variables
                .remove(&(number, TensorId(index)));
            let zeros = || {
                let small = tensor.elements().is_some_and(|n| n <= MAX_ELEMENTS);
                first(tensor).filter(|_| small).ok_or_else(|| {
                    Error::new(
                        Place::tensor("variable", &tensor.name).numbered(index),
                        Problem::UnsupportedType(format!(
                            "{} of shape {:?} has no zeros",
                            tensor.dtype, tensor.shape
                        )),
                        "give the variable a fixed shape and a plain type",
                    )
                })
            };
            values[index] = Some(kept.map_or_else(zeros, Ok)?);
        }
        Ok(())
    }

    /// Keeps the variable tensors of a graph for its next call in this run.
    pub(super) fn leave(&self, number: usize, graph: &Graph, values: &mut [Option<Value>]) {
        for (index, _) in graph.tensors().iter().enumerate().filter(|(_, t)| t.is_variable) {
            if let Some(value) = values[index].take() {
                self.sequence
                    .borrow_mut()
                    .variables
                    .insert((number, TensorId(index)), value);
            }
        }
    }

    /// Runs the graph `number` on these inputs.
    pub fn call(&self, place: &Place, number: i32, inputs: &[Value]) -> Result<Vec<Value>> {
        let graph = usize::try_from(number).ok();
        let graph = graph.and_then(|number| *self.graphs.get(number)?);
        let graph =
            graph.ok_or_else(|| Error::new(place, Problem::NoGraph(number), "convert the model again"))?;
        if self.depth.get() == MAX_CALLS {
            return Err(Error::limit(
                place,
                format!("graphs call each other more than {MAX_CALLS} deep"),
                "check the model for a graph that calls itself",
            ));
        }
        self.depth.set(self.depth.get() + 1);
        let made = graph.run(self, inputs);
        self.depth.set(self.depth.get() - 1);
        made.map_err(|error| {
            error
                .within(Place::number("subgraph", number as usize))
                .within(place)
        })
    }

    /// Runs the graph `number`, unless this run has done so already.
    pub fn call_once(&self, place: &Place, number: i32) -> Result<()> {
        if self.sequence.borrow_mut().initialized.insert(number as usize) {
            self.call(place, number, &[])?;
        }
        Ok(())
    }

    /// Counts an iteration of any loop of this run.
    pub fn iterate(&self, place: &Place) -> Result<()> {
        if self.iterations.get() == MAX_ITERATIONS {
            return Err(Error::limit(
                place,
                format!("the loops of one run take more than {MAX_ITERATIONS} iterations"),
                "check the loop's condition",
            ));
        }
        self.iterations.set(self.iterations.get() + 1);
        Ok(())
    }

    /// The handle of the resource variable of that name.
    pub fn handle(&self, container: &str, name: &str) -> i32 {
        let resources = &mut self.sequence.borrow_mut().resources;
        let wanted = (container.to_owned(), name.to_owned());
        let found = resources.iter().position(|(name, _)| *name == wanted);
        found.unwrap_or_else(|| {
            resources.push((wanted, None));
            resources.len() - 1
        }) as i32
    }

    /// The value of a resource variable; `None` for a wrong handle and before the first assignment.
    pub fn read(&self, handle: i64) -> Option<Value> {
        let handle = usize::try_from(handle).ok()?;
        self.sequence.borrow().resources.get(handle)?.1.clone()
    }

    /// Gives a resource variable a value; whether there is one with that handle.
    #[must_use]
    pub fn assign(&self, handle: i64, value: Value) -> bool {
        let resources = &mut self.sequence.borrow_mut().resources;
        let slot = usize::try_from(handle).ok().and_then(|at| resources.get_mut(at));
        slot.map(|slot| slot.1 = Some(value)).is_some()
    }
}

/// What a variable begins with: zeros, of int8 its zero point, as in TensorFlow Lite's `ResetVariableTensor`.
fn first(tensor: &Tensor) -> Option<Value> {
    let mut value = Value::zeros(tensor)?;
    let quant = tensor.quant.as_ref();
    if let (Data::I8(data), Some(zero)) = (&mut value.data, quant.and_then(|quant| quant.zero_point.first()))
    {
        data.fill(*zero as i8);
    }
    Some(value)
}

/// Takes what an operator makes beyond its outputs: the new values of its variable inputs, in their order.
pub(super) fn update(graph: &Graph, op: &Operator, made: &mut Vec<Value>, values: &mut [Option<Value>]) {
    let new = made.split_off(op.outputs.len().min(made.len()));
    let variables = op
        .inputs
        .iter()
        .flatten()
        .filter(|id| graph.tensor(**id).is_variable);
    for (id, value) in variables.zip(new) {
        values[id.0] = Some(value);
    }
}
