//! Steps 3 and 13: Quantize operators that change nothing, or undo each other, go.

use super::Context;
use super::activations::has_output;
use quant_ir::error::Result;
use quant_ir::{Builtin, OpId, Operator, TensorId};

/// Removes them: `Quantize(Quantize(x))` reads `x`, a Quantize to the same type, scale and zero point is passed by, and
/// one that nobody reads is dropped. With `ahead`, one behind an output that step 6 will give other parameters stays.
///
/// One sweep does: when an operator is reached, no Quantize before it reads a Quantize, so that what is found for it
/// holds whatever comes behind.
pub fn remove(walk: &mut Context<'_>, ahead: bool) -> Result<()> {
    walk.rewrite(Vec::new(), |walk, mut op, setting| {
        if let Some((mut from, to)) = quantizes(&op) {
            let inner = walk.graph().producer(from);
            let inner = inner.and_then(|inner| quantizes(walk.graph().operator(inner)));
            if let Some((source, _)) = inner {
                op.inputs[0] = Some(source);
                from = source;
            }
            let producer = walk.graph().producer(from);
            if same_parameters(walk, from, to) && !(ahead && changes(walk, producer, from)) {
                walk.redirect(to, from);
            }
        }
        walk.push(op, setting).map(drop)
    })?;
    drop_unread(walk);
    Ok(())
}

/// Drops each Quantize that nobody reads, the last first: it may be the only one to read another.
fn drop_unread(walk: &mut Context<'_>) {
    let graph = walk.model.main_mut();
    let mut users: Vec<usize> = graph.ids().map(|id| graph.users(id)).collect();
    let mut kept = vec![true; graph.operators().len()];
    for (op, kept) in graph.operators().iter().zip(&mut kept).rev() {
        if let Some((from, to)) = quantizes(op)
            && users[to.0] == 0
        {
            *kept = false;
            users[from.0] -= 1;
        }
    }
    graph.retain(|op, _| kept[op.0]);
    let mut kept = kept.into_iter();
    walk.settings.retain(|_| kept.next().unwrap_or(true));
}

/// Input and output of a Quantize.
fn quantizes(op: &Operator) -> Option<(TensorId, TensorId)> {
    let ends = || Some((op.input(0)?, *op.outputs.first()?));
    (op.code.builtin == Builtin::QUANTIZE).then(ends).flatten()
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
