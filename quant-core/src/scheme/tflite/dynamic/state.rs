//! What the quantizers of dynamic range share: what goes through all graphs, and what is asked of one.

use quant_ir::{Builtin, Model, QuantParam, TensorId};

use super::super::common::constant;
use super::super::common::shared_constants::SharedConstants;
use super::super::common::versions::Versions;
use super::super::{Kept, Why};

/// Constants of fewer elements stay float.
pub const ELEMENTS: usize = 1024;

/// What became of constants: the integers of each buffer, for each dimension of channels and shape.
pub type Integers = SharedConstants<(usize, Vec<i32>), QuantParam>;

/// What goes through all graphs of a model.
pub struct State {
    /// The integers.
    pub integers: Integers,
    /// The versions that operators get.
    pub versions: Versions,
    /// Operators that keep their weights.
    pub kept: Vec<Kept>,
}

/// Whether a constant is one that can become integers. Sparse ones have no rule.
pub fn is_large(model: &Model, graph: usize, id: TensorId) -> bool {
    let tensor = model.graphs()[graph].tensor(id);
    let dense = tensor.sparsity.is_none() && tensor.compression == 0;
    dense && tensor.elements().is_some_and(|count| count >= ELEMENTS) && constant::is_float(model, graph, id)
}

/// Names of an operator's outputs.
pub fn outputs(model: &Model, graph: usize, op: usize) -> Vec<&str> {
    let graph = &model.graphs()[graph];
    let ids = graph.operators()[op].outputs.iter();
    ids.map(|id| graph.tensor(*id).name.as_str()).collect()
}

/// An operator keeps its weights.
pub fn keeps(model: &Model, graph: usize, op: usize, why: Why) -> Kept {
    let builtin: Builtin = model.graphs()[graph].operators()[op].code.builtin;
    let output = outputs(model, graph, op).first().copied().unwrap_or_default();
    Kept::new(graph, op, builtin, output, why)
}
