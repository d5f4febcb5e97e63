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
pub fn remove(context: &mut Context<'_>, ahead: bool) -> Result<()> {
    context.rewrite(Vec::new(), |context, mut op, setting| {
        if let Some((mut from, to)) = quantizes(&op) {
            let inner = context.graph().producer(from);
            let inner = inner.and_then(|inner| quantizes(context.graph().operator(inner)));
            if let Some((source, _)) = inner {
                op.inputs[0] = Some(source);
                from = source;
            }
            let producer = context.graph().producer(from);
            if same_parameters(context, from, to) && !(ahead && changes(context, producer, from)) {
                context.redirect(to, from);
            }
        }
        context.push(op, setting).map(drop)
    })?;
    drop_unread(context);
    Ok(())
}

/// Drops each Quantize that nobody reads, the last first: it may be the only one to read another.
fn drop_unread(context: &mut Context<'_>) {
    let graph = context.model.main_mut();
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
    context.settings.retain(|_| kept.next().unwrap_or(true));
}

/// Input and output of a Quantize.
fn quantizes(op: &Operator) -> Option<(TensorId, TensorId)> {
    let ends = || Some((op.input(0)?, *op.outputs.first()?));
    (op.code.builtin == Builtin::QUANTIZE).then(ends).flatten()
}

fn same_parameters(context: &Context<'_>, a: TensorId, b: TensorId) -> bool {
    let (a, b) = (context.tensor(a), context.tensor(b));
    let parameters = |t: &quant_ir::Tensor| t.quant.clone().map(|quant| (quant.scale, quant.zero_point));
    a.dtype == b.dtype && parameters(a) == parameters(b)
}

/// Whether step 6 will give the output of an operator other parameters than it has.
fn changes(context: &Context<'_>, producer: Option<OpId>, id: TensorId) -> bool {
    let (Some(OpId(op)), Some(quant)) = (producer, &context.tensor(id).quant) else {
        return false;
    };
    !has_output(
        quant,
        context.own_range(op),
        context.settings[op].activations.dtype,
    )
}
