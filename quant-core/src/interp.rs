//! The float interpreter: runs the main graph and shows every tensor on the way.

use crate::error::{Error, Result};
use crate::ir::{DType, Graph, Model, Operator, Tensor, TensorId};
use crate::limits::MAX_ELEMENTS;
use crate::ops::{self, Call, OpDef};
use crate::value::{Data, Value};

/// A model ready to run: constants decoded, operators found. Threads may share it.
pub struct Interpreter<'a> {
    model: &'a Model,
    graph: &'a Graph,
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
        let graph = model.main();
        let mut defs = Vec::with_capacity(graph.operators.len());
        for op in &graph.operators {
            defs.push(ops::find(op.code.builtin).ok_or_else(|| {
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
        Ok(Self {
            model,
            graph,
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
        let mut values: Vec<Option<Value>> = vec![None; self.graph.tensors.len()];
        for (id, value) in self.graph.inputs.iter().zip(inputs) {
            observe(*id, value)?;
            values[id.0] = Some(value.clone());
        }
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
            };
            // Before anything is computed or allocated: a wrong option can ask for any size.
            for (id, shape) in op.outputs.iter().zip((def.shape)(&call)?) {
                check_output(self.graph, op, *id, &shape)?;
            }
            let outputs = (def.eval)(&call)?;
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
        self.graph.outputs.iter().map(output).collect()
    }
}

/// Refuses inputs that the graph does not take.
///
/// # Errors
/// Another number, type or shape; a dimension of −1 in the signature takes any size.
pub fn check_inputs(graph: &Graph, inputs: &[Value]) -> Result<()> {
    if inputs.len() != graph.inputs.len() {
        return Err(Error::invalid(
            "record",
            format!(
                "{} inputs are given, the model has {}",
                inputs.len(),
                graph.inputs.len()
            ),
            "give one value for each graph input",
        ));
    }
    for (id, value) in graph.inputs.iter().zip(inputs) {
        let tensor = graph.tensor(*id);
        if value.dtype() != tensor.dtype || !shape_fits(tensor, &value.shape) {
            return Err(Error::invalid(
                format!("input `{}`", tensor.name),
                format!(
                    "{} of shape {:?} is given, the model takes {} of shape {:?}",
                    value.dtype(),
                    value.shape,
                    tensor.dtype,
                    tensor.shape
                ),
                "give data of the model's type and shape",
            ));
        }
    }
    Ok(())
}

fn check_output(graph: &Graph, op: &Operator, id: TensorId, shape: &[usize]) -> Result<()> {
    let elements = shape.iter().try_fold(1usize, |n, d| n.checked_mul(*d));
    if elements.is_none_or(|elements| elements > MAX_ELEMENTS) {
        return Err(Error::limit(
            ops::place(graph, op),
            format!("its output of shape {shape:?} has more than {MAX_ELEMENTS} elements"),
            "correct the operator's options",
        ));
    }
    let tensor = graph.tensor(id);
    if shape_fits(tensor, shape) || (tensor.shape.is_empty() && !tensor.has_rank) {
        return Ok(());
    }
    Err(Error::invalid(
        ops::place(graph, op),
        format!(
            "its output has shape {shape:?}, the model says {:?}",
            tensor.shape
        ),
        "correct the shape in the model",
    ))
}

fn shape_fits(tensor: &Tensor, shape: &[usize]) -> bool {
    let wanted = tensor.shape_signature.as_ref().unwrap_or(&tensor.shape);
    wanted.len() == shape.len()
        && wanted
            .iter()
            .zip(shape)
            .all(|(w, d)| *w < 0 || usize::try_from(*w) == Ok(*d))
}

/// A constant's value; `None` for activations.
///
/// # Errors
/// The buffer's size does not fit type and shape, or the type has no values here.
pub fn constant(model: &Model, tensor: &Tensor) -> Result<Option<Value>> {
    let Some(bytes) = model.data(tensor) else {
        return Ok(None);
    };
    let place = || format!("constant `{}`", tensor.name);
    let shape: Option<Vec<usize>> = tensor.shape.iter().map(|d| usize::try_from(*d).ok()).collect();
    let wanted = tensor.elements().and_then(|n| tensor.dtype.bytes(n));
    let (Some(shape), true) = (shape, wanted.is_none() || wanted == Some(bytes.len())) else {
        return Err(Error::invalid(
            place(),
            format!(
                "{} bytes do not fill {} of shape {:?}",
                bytes.len(),
                tensor.dtype,
                tensor.shape
            ),
            "write the model again",
        ));
    };
    let data = match tensor.dtype {
        DType::Float32 => Data::F32(
            bytes
                .as_chunks()
                .0
                .iter()
                .map(|b| f32::from_le_bytes(*b))
                .collect(),
        ),
        DType::Int32 => Data::I32(
            bytes
                .as_chunks()
                .0
                .iter()
                .map(|b| i32::from_le_bytes(*b))
                .collect(),
        ),
        DType::Int64 => Data::I64(
            bytes
                .as_chunks()
                .0
                .iter()
                .map(|b| i64::from_le_bytes(*b))
                .collect(),
        ),
        DType::Int16 => Data::I16(
            bytes
                .as_chunks()
                .0
                .iter()
                .map(|b| i16::from_le_bytes(*b))
                .collect(),
        ),
        DType::Int8 => Data::I8(bytes.iter().map(|b| b.cast_signed()).collect()),
        DType::Uint8 => Data::U8(bytes.to_vec()),
        DType::Bool => Data::Bool(bytes.iter().map(|b| *b != 0).collect()),
        other => {
            return Err(Error::unsupported(
                place(),
                format!("{other} has no values in the interpreter"),
                "start from a float32 model",
            ));
        }
    };
    Ok(Some(Value { shape, data }))
}
