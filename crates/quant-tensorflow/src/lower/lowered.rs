//! What a lowering gives.

use std::collections::BTreeMap;

use quant_ir::{Model, TensorId};

/// A model of a graph.
#[derive(Clone, Debug)]
pub struct Lowered {
    /// The model.
    pub model: Model,
    /// The tensors of the graph that are in the model in the graph's own layout, by TensorFlow's names (`node:0`).
    pub tensors: BTreeMap<String, TensorId>,
    /// The outputs, by TensorFlow's names.
    pub outputs: Vec<String>,
    /// What was decided where the graph leaves it open, for whoever wants to tell.
    pub notes: Vec<String>,
}
