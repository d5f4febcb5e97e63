//! What is asked of a lowering, and what it gives.

use std::collections::BTreeMap;

use quant_ir::{Model, TensorId};

/// What of a graph becomes a model, and how.
#[derive(Clone, Debug, Default)]
pub struct Lowering {
    /// The outputs, as `node` or `node:1`; none: what no other node reads.
    pub outputs: Vec<String>,
    /// The inputs, where the graph is cut; none: its placeholders.
    pub inputs: Vec<String>,
    /// Shapes of inputs, for those that the graph leaves open. A batch that is open and not named is 1.
    pub shapes: BTreeMap<String, Vec<usize>>,
    /// Every tensor of the graph stays one of the model: nothing is fused, and constants stay that only other constants
    /// are made of.
    pub whole: bool,
}

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
