//! What is asked of a lowering.

use std::collections::BTreeMap;

/// What of a graph becomes a model, and how.
#[derive(Clone, Debug, Default)]
pub struct Lowering {
    /// The outputs, by the graph's names of its values (TensorFlow: `node` or `node:1`). None: the graph's own, which are
    /// those that no other node reads where it names none.
    pub outputs: Vec<String>,
    /// The inputs, where the graph is cut; none: its own.
    pub inputs: Vec<String>,
    /// Shapes of inputs, for those that the graph leaves open. A batch that is open and not named is 1.
    pub shapes: BTreeMap<String, Vec<usize>>,
    /// Every tensor of the graph stays one of the model: nothing is fused, and constants stay that only other constants
    /// are made of.
    pub whole: bool,
    /// Only the shapes are wanted: nothing is fused, and large constants keep the order of their elements, so that the model
    /// does not compute what the graph does.
    pub outline: bool,
    /// What the graph quantizes when it runs is quantized; without it, activations stay float, and weights are dequantized.
    pub dynamic: bool,
}
