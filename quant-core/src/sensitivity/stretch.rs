//! How many layers are judged side by side.
//!
//! Whatever runs from a layer to the graph's outputs passes the same operators with the same weights. When several of them take an
//! operator one after the other, its weights are brought in from memory once; when they are too many, each finds its activations
//! gone from the cache when it comes to the next operator.

use std::ops::Range;

use quant_interp::Interpreter;
use quant_ir::value::Value;
use quant_ir::{Graph, TensorId};

use super::source::{Source, Values, begun};

/// Elements of activations that may be on their way at once: about half of a second-level cache.
const CACHED: usize = 256 * 1024;

/// Elements that may wait between two stretches, all layers together: 64 MiB.
const WAITING: usize = 16 << 20;

/// A run of operators, and how many layers take each of them one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    pub operators: Range<usize>,
    pub together: usize,
}

/// The stretches of a graph whose activations are as large as these `values`. A new one begins where at least twice as many
/// layers have room in the cache, up to the end.
pub fn stretches(
    graph: &Graph,
    interpreter: &Interpreter<'_>,
    values: &Values,
    sources: &[Source],
) -> Vec<Stretch> {
    let size = |id: &TensorId| values[id.0].as_ref().map_or(0, Value::len);
    let operators = graph.operators();
    let mut largest = 0;
    let mut together: Vec<usize> = Vec::with_capacity(operators.len());
    for op in operators.iter().rev() {
        let all = op.inputs.iter().flatten().chain(&op.outputs);
        largest = largest.max(all.map(size).sum());
        together.push((CACHED / largest.max(1)).max(1));
    }
    together.reverse();
    let mut live: usize = graph.inputs().iter().map(size).sum();
    let mut found: Vec<Stretch> = Vec::new();
    for (index, (op, together)) in operators.iter().zip(together).enumerate() {
        let waiting = live.saturating_mul(begun(sources, index));
        match found.last_mut() {
            Some(last) if together < 2 * last.together || waiting > WAITING => last.operators.end = index + 1,
            _ => found.push(Stretch {
                operators: index..index + 1,
                together,
            }),
        }
        live += op.outputs.iter().map(size).sum::<usize>();
        let dying: usize = interpreter.dying(index).iter().map(size).sum();
        live = live.saturating_sub(dying);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A large image, pooled twice.
    const NET: &str = r#"
        operand { name: "x" type: FLOAT32 shape { dim: 1 dim: 512 dim: 512 dim: 1 } }
        operand { name: "a" type: FLOAT32 shape { dim: 1 dim: 512 dim: 512 dim: 1 } }
        operand { name: "b" type: FLOAT32 shape { dim: 1 dim: 64 dim: 64 dim: 1 } }
        operand { name: "c" type: FLOAT32 shape { dim: 1 dim: 64 dim: 64 dim: 1 } }
        operation { type: "ReLU" input: "x" output: "a" }
        operation { type: "MaxPool2D" input: "a" output: "b"
                    maxpool2d_options { padding: VALID stride_w: 8 stride_h: 8 filter_width: 8 filter_height: 8 } }
        operation { type: "ReLU6" input: "b" output: "c" }
        input: "x" output: "c""#;

    #[test]
    fn more_layers_go_together_where_activations_are_small() {
        let model = quant_recipe::build(&quant_case::recipe::parse(NET).unwrap()).unwrap();
        let graph = model.main();
        let value = |id: TensorId| {
            let shape: Vec<usize> = graph.tensor(id).shape.iter().map(|size| *size as usize).collect();
            let count = shape.iter().product();
            Some(Value::f32(shape, vec![0.0; count]))
        };
        let values: Values = graph.ids().map(value).collect();
        let interpreter = Interpreter::new(&model).unwrap();
        let found = |sources: &[Source]| stretches(graph, &interpreter, &values, sources);
        let sources = [
            Source::Input(graph.inputs()[0]),
            Source::Operator(0),
            Source::Operator(2),
        ];
        let wanted = [
            Stretch {
                operators: 0..2,
                together: 1,
            },
            Stretch {
                operators: 2..3,
                together: 32,
            },
        ];
        assert_eq!(found(&sources), wanted);
        assert_eq!(
            (begun(&sources, 0), begun(&sources, 2), begun(&sources, 3)),
            (1, 2, 3)
        );
        // Where too much would have to wait, all of it stays one.
        let many = vec![Source::Operator(0); 5000];
        assert_eq!(found(&many).len(), 1);
    }
}
