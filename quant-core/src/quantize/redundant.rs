//! Steps 3 and 13: Quantize operators that change nothing, or undo each other, go.

use super::walk::Walk;
use crate::ir::{Builtin, Graph, TensorId};

/// Removes them until nothing changes: `Quantize(Quantize(x))` reads `x`, a Quantize to the same type,
/// scale and zero point is passed by, and one that nobody reads is dropped.
pub fn remove(walk: &mut Walk<'_>) {
    while step(walk) {}
}

fn step(walk: &mut Walk<'_>) -> bool {
    let quantizes = |graph: &Graph, op: usize| graph.operators[op].code.builtin == Builtin::QUANTIZE;
    for op in 0..walk.graph().operators.len() {
        if !quantizes(walk.graph(), op) {
            continue;
        }
        let (Some(from), Some(&to)) = (
            walk.graph().operators[op].input(0),
            walk.graph().operators[op].outputs.first(),
        ) else {
            continue;
        };
        let inner = walk.graph().producers()[from.0].filter(|inner| quantizes(walk.graph(), inner.0));
        if let Some(source) = inner.and_then(|inner| walk.graph().operators[inner.0].input(0)) {
            walk.model.main_mut().operators[op].inputs[0] = Some(source);
            return true;
        }
        if same_parameters(walk, from, to) {
            walk.redirect(op + 1, to, from);
        }
        let graph = walk.graph();
        let read = graph.outputs.contains(&to)
            || graph
                .operators
                .iter()
                .any(|other| other.inputs.iter().flatten().any(|id| *id == to));
        if !read {
            walk.model.main_mut().operators.remove(op);
            walk.settings.remove(op);
            return true;
        }
    }
    false
}

fn same_parameters(walk: &Walk<'_>, a: TensorId, b: TensorId) -> bool {
    let (a, b) = (walk.tensor(a), walk.tensor(b));
    let parameters = |t: &crate::ir::Tensor| t.quant.clone().map(|quant| (quant.scale, quant.zero_point));
    a.dtype == b.dtype && parameters(a) == parameters(b)
}
