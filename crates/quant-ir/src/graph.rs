//! A subgraph: tensors and operators in execution order, and who makes and reads each tensor.

use super::parts::GraphParts;
use super::uses::Uses;
use super::{OpId, Operator, Place, Tensor, TensorId};

/// A subgraph.
///
/// Operands name tensors of the graph, a tensor has one producer (an operator, or the caller where it is a graph input),
/// and an operator stands behind those whose outputs it reads; variables alone are read before they are made. What would
/// break that is refused where it is tried. Ids of tensors stay as they are until [`super::Model::compact`] drops some;
/// ids of operators shift when operators come and go.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    /// Name, when the file gives one.
    pub name: Option<String>,
    /// Index of debug metadata, −1 for none.
    pub debug_metadata_index: i32,
    /// Circle's deprecated data format (0 = channels last).
    pub data_format: i8,
    pub(super) tensors: Vec<Tensor>,
    pub(super) inputs: Vec<TensorId>,
    pub(super) outputs: Vec<TensorId>,
    pub(super) operators: Vec<Operator>,
    pub(super) uses: Uses,
}

impl Default for Graph {
    fn default() -> Self {
        Self::of_checked(GraphParts::default())
    }
}

impl Graph {
    /// A graph without tensors and operators.
    pub fn new() -> Self {
        Self::default()
    }

    /// A graph of parts that were checked.
    pub(super) fn of_checked(parts: GraphParts) -> Self {
        Self {
            uses: Uses::of_checked(
                parts.tensors.len(),
                &parts.inputs,
                &parts.outputs,
                &parts.operators,
            ),
            name: parts.name,
            debug_metadata_index: parts.debug_metadata_index,
            data_format: parts.data_format,
            tensors: parts.tensors,
            inputs: parts.inputs,
            outputs: parts.outputs,
            operators: parts.operators,
        }
    }

    /// What it is made of.
    pub fn into_parts(self) -> GraphParts {
        GraphParts {
            name: self.name,
            tensors: self.tensors,
            inputs: self.inputs,
            outputs: self.outputs,
            operators: self.operators,
            debug_metadata_index: self.debug_metadata_index,
            data_format: self.data_format,
        }
    }

    /// The tensors; an id is an index here.
    pub fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    /// The ids of the tensors, in ascending order.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = TensorId> + use<> {
        (0..self.tensors.len()).map(TensorId)
    }

    /// The tensors, to change what they say of themselves.
    pub fn tensors_mut(&mut self) -> &mut [Tensor] {
        &mut self.tensors
    }

    /// The operators, in execution order; an id is an index here.
    pub fn operators(&self) -> &[Operator] {
        &self.operators
    }

    /// Graph inputs, in the order of the interface.
    pub fn inputs(&self) -> &[TensorId] {
        &self.inputs
    }

    /// Graph outputs, in the order of the interface.
    pub fn outputs(&self) -> &[TensorId] {
        &self.outputs
    }

    /// The tensor behind an id of this graph.
    pub fn tensor(&self, id: TensorId) -> &Tensor {
        &self.tensors[id.0]
    }

    /// The same, to change it.
    pub fn tensor_mut(&mut self, id: TensorId) -> &mut Tensor {
        &mut self.tensors[id.0]
    }

    /// The operator behind an id of this graph.
    pub fn operator(&self, id: OpId) -> &Operator {
        &self.operators[id.0]
    }

    /// The graph inputs, each with type and shape: what a record must fit.
    pub fn input_tensors(&self) -> Vec<Tensor> {
        self.inputs.iter().map(|id| self.tensor(*id).clone()).collect()
    }

    /// Whether a tensor keeps its value from one run to the next. A graph input does not, whatever it is marked as: the
    /// caller gives its value.
    pub fn keeps_state(&self, id: TensorId) -> bool {
        self.tensor(id).is_variable && !self.is_input(id)
    }

    /// The first tensor of that name, by a walk over all; [`Graph::names`] finds many.
    pub fn find(&self, name: &str) -> Option<TensorId> {
        self.tensors.iter().position(|t| t.name == name).map(TensorId)
    }

    /// The operator that makes a tensor.
    pub fn producer(&self, id: TensorId) -> Option<OpId> {
        self.uses.of[id.0].producer
    }

    /// The operators that read a tensor, in execution order, each once.
    pub fn readers(&self, id: TensorId) -> &[OpId] {
        &self.uses.of[id.0].readers
    }

    /// How many read a tensor: operators, and places in the list of graph outputs.
    pub fn users(&self, id: TensorId) -> usize {
        self.readers(id).len() + self.uses.of[id.0].outputs
    }

    /// Whether a tensor is a graph input.
    pub fn is_input(&self, id: TensorId) -> bool {
        self.uses.of[id.0].input
    }

    /// Whether a tensor is a graph output.
    pub fn is_output(&self, id: TensorId) -> bool {
        self.uses.of[id.0].outputs > 0
    }
}

/// An operator as errors name it: its code and first output, and its number in the graph.
pub fn place(graph: &Graph, op: &Operator) -> Place {
    let first = op.outputs.first().filter(|id| id.0 < graph.tensors().len());
    let same = |index: &OpId| std::ptr::eq(graph.operator(*index), op);
    Place::Operator {
        code: op.code.clone(),
        label: first.map_or_else(String::new, |id| graph.tensor(*id).name.clone()),
        index: first
            .and_then(|id| graph.producer(*id))
            .filter(same)
            .map(|index| index.0),
    }
}
