//! How deep operators lie, and which of them may have a type of their own.

use crate::scheme::Decisions;
use quant_ir::{DType, Graph, Model, OpId, TensorId};

/// An operator that can have a type of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// Its name in a configuration: that of its first output.
    pub name: String,
    /// Its depth.
    pub depth: usize,
}

/// The operators of a graph by their depth.
///
/// A graph input has depth 0, an operator one more than the deepest of what it reads, and a graph output one more
/// than the operator that makes it. What is computed from constants alone has no depth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layers {
    /// Those that can have a type of their own, in execution order.
    pub layers: Vec<Layer>,
    /// Depth of each operator.
    pub depths: Vec<Option<usize>>,
    /// The largest depth, that of a graph output.
    pub last: usize,
}

impl Layers {
    /// Those of the main graph, as the scheme's table has them.
    pub fn of(model: &Model, decisions: &dyn Decisions) -> Self {
        let graph = model.main();
        let depths = depths(graph);
        let deepest = depths.iter().flatten().max().copied().unwrap_or(0);
        let layers = (0..graph.operators().len()).filter_map(|op| {
            Some(Layer {
                name: name(model, OpId(op), decisions)?,
                depth: depths[op]?,
            })
        });
        Self {
            layers: layers.collect(),
            last: deepest + 1,
            depths,
        }
    }

    /// The sums of given errors of tensors (by their labels) before and behind the middle depth. An operator counts with
    /// the errors of its outputs, a graph output once more, one deeper, as in the original.
    pub fn halves(&self, model: &Model, error: impl Fn(&str) -> f64) -> (f64, f64) {
        let graph = model.main();
        let labels = graph.labels();
        let (mut front, mut back) = (0.0, 0.0);
        let mut add = |id: &TensorId, depth: usize| {
            let half = if 2 * depth < self.last {
                &mut front
            } else {
                &mut back
            };
            *half += error(&labels[id.0]);
        };
        graph.inputs().iter().for_each(|id| add(id, 0));
        for (op, depth) in graph.operators().iter().zip(&self.depths) {
            let Some(depth) = depth else { continue };
            for id in &op.outputs {
                add(id, *depth);
                if graph.is_output(*id) {
                    add(id, depth + 1);
                }
            }
        }
        (front, back)
    }
}

fn depths(graph: &Graph) -> Vec<Option<usize>> {
    let mut reached: Vec<Option<usize>> = vec![None; graph.tensors().len()];
    for input in graph.inputs() {
        reached[input.0] = Some(0);
    }
    let mut depths = Vec::with_capacity(graph.operators().len());
    for op in graph.operators() {
        let depth = op
            .inputs
            .iter()
            .flatten()
            .filter_map(|id| reached[id.0])
            .max()
            .map(|deepest| deepest + 1);
        for output in &op.outputs {
            reached[output.0] = depth;
        }
        depths.push(depth);
    }
    depths
}

/// The name of an operator that a configuration can give a type of its own.
fn name(model: &Model, op: OpId, decisions: &dyn Decisions) -> Option<String> {
    let graph = model.main();
    let operator = graph.operators().get(op.0)?;
    decisions.table().rule(operator.code.builtin).mixed.inputs(0)?;
    let float = |id: &TensorId| {
        let tensor = graph.tensor(*id);
        tensor.dtype == DType::Float32 && !model.is_const(tensor)
    };
    let output = operator.outputs.first().filter(|id| float(id))?;
    let name = &graph.tensor(*output).name;
    // A name that another operator's output has too would stand for that one.
    let makers = graph
        .operators()
        .iter()
        .filter(|op| op.outputs.iter().any(|id| graph.tensor(*id).name == *name));
    (makers.count() == 1 && !name.is_empty()).then(|| name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depths_of_a_fork() {
        let text = r#"
            operand { name: "x" type: FLOAT32 shape { dim: 1 dim: 4 } }
            operand { name: "a" type: FLOAT32 shape { dim: 1 dim: 4 } }
            operand { name: "b" type: FLOAT32 shape { dim: 1 dim: 4 } }
            operand { name: "sum" type: FLOAT32 shape { dim: 1 dim: 4 } }
            operand { name: "sine" type: FLOAT32 shape { dim: 1 dim: 4 } }
            operation { type: "Abs" input: "x" output: "a" }
            operation { type: "Abs" input: "a" output: "b" }
            operation { type: "Add" input: "x" input: "b" output: "sum" add_options { activation: NONE } }
            operation { type: "Sin" input: "sum" output: "sine" }
            input: "x" output: "sine""#;
        let model = quant_recipe::build(&quant_case::recipe::parse(text).unwrap()).unwrap();
        let layers = Layers::of(&model, &crate::scheme::one::One::default());
        assert_eq!(layers.depths, [Some(1), Some(2), Some(3), Some(4)]);
        assert_eq!(layers.last, 5);
        // No rule gives Sin a type of its own.
        let names: Vec<(&str, usize)> = layers
            .layers
            .iter()
            .map(|layer| (layer.name.as_str(), layer.depth))
            .collect();
        assert_eq!(names, [("a", 1), ("b", 2), ("sum", 3)]);
        // The middle is 2.5; the output counts twice.
        let error = |name: &str| match name {
            "x" => 1.0,
            "b" => 10.0,
            "sum" => 100.0,
            "sine" => 1000.0,
            _ => 0.0,
        };
        assert_eq!(layers.halves(&model, error), (11.0, 2100.0));
    }
}
