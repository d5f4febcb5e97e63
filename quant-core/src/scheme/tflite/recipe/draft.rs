//! What comes new into a graph: tensors with free names, operators among those that are there.

use std::collections::BTreeMap;

use quant_ir::{FreeNames, Model, Operator, Tensor, TensorId};

/// What comes new into one graph.
pub struct Draft {
    /// The number of the graph.
    pub number: usize,
    /// How many operators it has.
    count: usize,
    /// The names that its tensors have.
    pub names: FreeNames,
    /// New operators: before which one of the graph, in which order.
    pub inserted: Vec<(usize, Operator)>,
    /// Whether one stands behind all of the graph.
    pub appended: bool,
    /// Which matrices of Hadamard are there, by their size.
    pub matrices: BTreeMap<usize, TensorId>,
}

impl Draft {
    /// Nothing new.
    pub fn of(model: &Model, number: usize) -> Self {
        Self {
            number,
            names: FreeNames::of(&model.graphs()[number]),
            inserted: Vec::new(),
            appended: false,
            count: model.graphs()[number].operators().len(),
            matrices: BTreeMap::new(),
        }
    }

    /// The tensor of that number.
    pub fn tensor<'m>(&self, model: &'m Model, id: TensorId) -> &'m Tensor {
        model.graphs()[self.number].tensor(id)
    }

    /// Adds a tensor with a free name.
    pub fn add(&mut self, model: &mut Model, mut tensor: Tensor) -> TensorId {
        tensor.name = self.names.take(&tensor.name);
        model.graphs_mut()[self.number].add_tensor(tensor)
    }

    /// An operator before the one of that number, behind those that were inserted there.
    pub fn insert(&mut self, at: usize, op: Operator) {
        self.appended |= at >= self.count;
        self.inserted.push((at, op));
    }
}
