//! From which operator to which one an activation lives.

use super::interpreter::{Kind, Step};
use super::plan::Span;
use quant_ir::{Graph, TensorId};

/// For each operator, the tensors that nothing reads after it; graph outputs and variables stay.
pub(super) fn dying(graph: &Graph) -> Vec<Vec<TensorId>> {
    let mut last = vec![None; graph.tensors().len()];
    for (index, op) in graph.operators().iter().enumerate() {
        for id in op.inputs.iter().flatten().chain(&op.outputs) {
            last[id.0] = Some(index);
        }
    }
    for id in graph.outputs() {
        last[id.0] = None;
    }
    let mut dying = vec![Vec::new(); graph.operators().len()];
    for (tensor, last) in last.into_iter().enumerate() {
        if let Some(last) = last.filter(|_| !graph.tensors()[tensor].is_variable) {
            dying[last].push(TensorId(tensor));
        }
    }
    dying
}

/// How long each output of a ready operator lives. Graph outputs are given away, and need no buffer.
pub(super) fn spans(graph: &Graph, steps: &[Step]) -> Vec<Span> {
    let mut spans = Vec::new();
    for (from, (op, step)) in graph.operators().iter().zip(steps).enumerate() {
        let (Kind::Ready(_) | Kind::ReadyInteger(_), &[id]) = (&step.kind, op.outputs.as_slice()) else {
            continue;
        };
        let to = steps.iter().position(|step| step.dying.contains(&id));
        if let (Some(to), Some(size)) = (to, graph.tensor(id).elements()) {
            spans.push(Span {
                tensor: id.0,
                dtype: graph.tensor(id).dtype,
                size,
                from,
                to,
            });
        }
    }
    spans
}
