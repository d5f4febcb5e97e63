//! Tensors that are added to a checkpoint.

use crate::checkpoint::{Checkpoint, Format};
use crate::dtype::DType;
use crate::error::{Error, Problem, Result};
use crate::pickle::{Built, Call, Id, Object};
use crate::storage::Payload;
use crate::tensor;

impl Checkpoint {
    /// Adds a tensor whose elements lie row-major in a storage of its own.
    ///
    /// # Errors
    /// Elements and shape do not go together, or there are too many objects.
    pub fn add_tensor(&mut self, dtype: DType, shape: &[usize], payload: Payload) -> Result<Id> {
        self.add_view(dtype, shape, &tensor::contiguous_strides(shape), false, payload)
    }

    /// Adds a tensor in a storage of its own, which it fills, with its dimensions in any order.
    ///
    /// # Errors
    /// As [`Checkpoint::add_tensor`].
    pub fn add_view(
        &mut self,
        dtype: DType,
        shape: &[usize],
        strides: &[usize],
        requires_grad: bool,
        payload: Payload,
    ) -> Result<Id> {
        let count: usize = shape.iter().product();
        if payload.size() != count as u64 * dtype.size() {
            let what = format!("a tensor of shape {shape:?} has not {} bytes", payload.size());
            return Err(Error::new(
                "",
                Problem::Misuse(what),
                "this is an error of the program that made it",
            ));
        }
        let key = self.storages.free_key();
        let graph = &mut self.graph;
        let mut tuple = |numbers: &[usize]| -> Result<Id> {
            let items = numbers
                .iter()
                .map(|n| graph.add(Object::Int(*n as i64)))
                .collect::<Result<_>>()?;
            graph.add(Object::Tuple(items))
        };
        let (shape, strides) = (tuple(shape)?, tuple(strides)?);
        let mut name = vec![
            graph.text("storage")?,
            graph.global(dtype.module(), dtype.class())?,
            graph.text(key.as_str())?,
            graph.text("cpu")?,
            graph.add(Object::Int(count as i64))?,
        ];
        if self.format == Format::Legacy {
            name.push(graph.add(Object::None)?);
        }
        let name = graph.add(Object::Tuple(name))?;
        let class = graph.global("collections", "OrderedDict")?;
        let nothing = graph.add(Object::Tuple(Vec::new()))?;
        let hooks = graph.add(call(class, nothing))?;
        let arguments = vec![
            graph.add(Object::Persistent(name))?,
            graph.add(Object::Int(0))?,
            shape,
            strides,
            graph.add(Object::Bool(requires_grad))?,
            hooks,
        ];
        let arguments = graph.add(Object::Tuple(arguments))?;
        let function = graph.global("torch._utils", "_rebuild_tensor_v2")?;
        let tensor = graph.add(call(function, arguments))?;
        self.storages.push(key, payload);
        Ok(tensor)
    }
}

/// A call of a function, of which nothing more is known.
fn call(callable: Id, arguments: Id) -> Object {
    Object::Built(Box::new(Built {
        call: Call::Function,
        callable,
        arguments,
        appended: Vec::new(),
        entries: Vec::new(),
        state: None,
    }))
}
