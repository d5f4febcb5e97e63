//! Steps 3 and 13: Quantize operators that change nothing, or undo each other, go.

use super::Context;
use super::activations::has_output;
use quant_ir::error::Result;
use quant_ir::{Builtin, Graph, OpId, TensorId};

/// Removes them until nothing changes: `Quantize(Quantize(x))` reads `x`, a Quantize to the same type,
/// scale and zero point is passed by, and one that nobody reads is dropped. With `ahead`, one behind an output
/// that step 6 will give other parameters stays.
pub fn remove(walk: &mut Context<'_>, ahead: bool) -> Result<()> {
    while step(walk, ahead) {}
    Ok(())
}

fn step(walk: &mut Context<'_>, ahead: bool) -> bool {
    let quantizes = |graph: &Graph, op: usize| graph.operators[op].code.builtin == Builtin::QUANTIZE;
    let producers = walk.graph().producers();
    let mut consumers = walk.graph().consumers();
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
        let inner = producers[from.0].filter(|inner| quantizes(walk.graph(), inner.0));
        if let Some(source) = inner.and_then(|inner| walk.graph().operators[inner.0].input(0)) {
            walk.model.main_mut().operators[op].inputs[0] = Some(source);
            return true;
        }
        if same_parameters(walk, from, to) && !(ahead && changes(walk, producers[from.0], from)) {
            walk.redirect(op + 1, to, from);
            consumers = walk.graph().consumers();
        }
        let read = walk.graph().outputs.contains(&to) || !consumers[to.0].is_empty();
        if !read {
            walk.model.main_mut().operators.remove(op);
            walk.settings.remove(op);
            return true;
        }
    }
    false
}

fn same_parameters(walk: &Context<'_>, a: TensorId, b: TensorId) -> bool {
    let (a, b) = (walk.tensor(a), walk.tensor(b));
    let parameters = |t: &quant_ir::Tensor| t.quant.clone().map(|quant| (quant.scale, quant.zero_point));
    a.dtype == b.dtype && parameters(a) == parameters(b)
}

/// Whether step 6 will give the output of an operator other parameters than it has.
fn changes(walk: &Context<'_>, producer: Option<OpId>, id: TensorId) -> bool {
    let (Some(OpId(op)), Some(quant)) = (producer, &walk.tensor(id).quant) else {
        return false;
    };
    !has_output(quant, walk.own_range(op), walk.settings[op].activations.dtype)
}
