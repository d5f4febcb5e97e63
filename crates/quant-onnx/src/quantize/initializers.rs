//! Initializers of a graph while it is changed.

use quant_ir::{Error, Place, Problem, Result};

use super::draft::Draft;
use crate::tensor::{Tensor, TensorProto};

impl Draft {
    /// Adds an initializer, unless there is one of its name.
    pub(super) fn add_tensor(&mut self, tensor: TensorProto) {
        let name = tensor.name().to_owned();
        if !self.index.contains_key(&name) {
            self.index.insert(name, self.tensors.len());
            self.tensors.push(Some(tensor));
        }
    }

    /// Puts an initializer in place of the one of its name, at the end.
    pub(super) fn replace_tensor(&mut self, tensor: TensorProto) {
        self.drop_tensor(tensor.name());
        self.add_tensor(tensor);
    }

    /// Drops an initializer. An input of its name stays.
    pub(super) fn drop_tensor(&mut self, name: &str) {
        if let Some(at) = self.index.remove(name)
            && let Some(slot) = self.tensors.get_mut(at)
        {
            *slot = None;
        }
    }

    /// Drops an initializer and the input of its name.
    pub(super) fn drop_constant(&mut self, name: &str) {
        self.drop_tensor(name);
        self.model.graph.inputs.retain(|info| info.name() != name);
    }

    pub(super) fn tensor(&self, name: &str) -> Option<&TensorProto> {
        self.tensors.get(*self.index.get(name)?)?.as_ref()
    }

    pub(super) fn is_constant(&self, name: &str) -> bool {
        self.index.contains_key(name)
    }

    /// Names of all initializers.
    pub(super) fn constants(&self) -> impl Iterator<Item = &str> {
        self.index.keys().map(String::as_str)
    }

    /// The name, or one like it that no initializer of the float model has.
    pub(super) fn free(&self, name: &str) -> String {
        let mut free = name.to_owned();
        let mut number = 0;
        while self.given.contains(&free) {
            free = format!("{name}_{number}");
            number += 1;
        }
        free
    }

    /// An initializer as an array.
    pub(super) fn array(&self, name: &str) -> Result<Tensor> {
        let missing = || {
            let problem = Problem::Missing("there is no such initializer".into());
            Error::new(
                Place::tensor("initializer", name),
                problem,
                "export the model again",
            )
        };
        self.tensor(name).ok_or_else(missing)?.tensor()
    }

    /// A float initializer: its shape and values.
    pub(super) fn floats(&self, name: &str) -> Result<(Vec<usize>, Vec<f32>)> {
        let tensor = self.array(name)?;
        let place = || Place::tensor("initializer", name);
        let Some(values) = tensor.to_floats() else {
            let problem = Problem::UnsupportedType(format!("a weight of {}", tensor.data_type));
            return Err(Error::new(place(), problem, "only floats are quantized"));
        };
        if let Some(element) = values.iter().position(|x| !x.is_finite()) {
            let value = values.get(element).copied().unwrap_or_default();
            let problem = Problem::NotFinite { element, value };
            return Err(Error::new(
                place(),
                problem,
                "mend the weight, or exclude the node",
            ));
        }
        Ok((tensor.shape, values))
    }
}
