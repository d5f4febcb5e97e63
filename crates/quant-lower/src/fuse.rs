//! What one operator of a model does where a graph has several nodes: a factor or an addend for each channel goes into the
//! weights and the bias of the layer before it, an activation into the layer.

mod activation;
mod affine;

use std::collections::{BTreeMap, BTreeSet};

use quant_ir::{Builtin, Model, OpId, Operator, Result, TensorId};

/// Fuses what can be fused. Tensors that another operator reads, or that are outputs, stay.
///
/// # Errors
/// None that a sound model gives.
pub fn fuse(model: &mut Model) -> Result<()> {
    fuse_but(model, &BTreeSet::new())
}

/// The same of a model whose tensors are looked at while it runs: these stay, too. Outputs that an operator reads become
/// what they are to it: nothing else of them has to outlive that.
///
/// # Errors
/// None that a sound model gives.
pub fn fuse_seen(model: &mut Model, seen: &BTreeSet<TensorId>) -> Result<()> {
    if seen.is_empty() {
        return Ok(());
    }
    model.main_mut().set_outputs(seen.iter().copied().collect())?;
    fuse_but(model, seen)?;
    let graph = model.main_mut();
    let read: BTreeSet<TensorId> = graph
        .operators()
        .iter()
        .flat_map(|op| op.inputs.iter().flatten().copied())
        .collect();
    let unread = seen.difference(&read).copied().collect();
    graph.set_outputs(unread)
}

fn fuse_but(model: &mut Model, seen: &BTreeSet<TensorId>) -> Result<()> {
    drop_unread(model);
    let mut users: BTreeMap<TensorId, usize> = BTreeMap::new();
    let graph = model.main();
    let read = graph.operators().iter().flat_map(|op| op.inputs.iter().flatten());
    for id in read.chain(graph.outputs()).chain(seen) {
        let count = users.entry(*id).or_default();
        *count = count.saturating_add(1);
    }
    let mut made: Vec<Operator> = Vec::new();
    let mut producers: BTreeMap<TensorId, usize> = BTreeMap::new();
    for op in model.main_mut().take_operators() {
        let mut into = None;
        for id in op.inputs.iter().flatten().filter(|id| users.get(*id) == Some(&1)) {
            let Some(at) = producers.get(id) else {
                continue;
            };
            let whole = on_whole_numbers(&made, &producers, *at);
            if let Some(layer) = made.get_mut(*at)
                && (activation::absorb(layer, &op) || affine::absorb(model, &users, (layer, whole), &op))
            {
                layer.outputs.clone_from(&op.outputs);
                into = Some(*at);
                break;
            }
        }
        let at = into.unwrap_or(made.len());
        producers.extend(op.outputs.iter().map(|id| (*id, at)));
        if into.is_none() {
            made.push(op);
        }
    }
    for op in made {
        model.main_mut().push(op)?;
    }
    Ok(())
}

/// Whether an operator reads what AscendQuant made, as it is or moved: whole numbers as floats, whose sums are exact. A factor in
/// the weights would end that, and a tie of the next AscendQuant would fall to another side.
fn on_whole_numbers(made: &[Operator], producers: &BTreeMap<TensorId, usize>, at: usize) -> bool {
    let producer = |id: &TensorId| producers.get(id).and_then(|at| made.get(*at));
    let Some(layer) = made.get(at) else { return false };
    layer.inputs.iter().flatten().any(|id| {
        let mut op = producer(id);
        while let Some(moves) = op.filter(|op| MOVES.contains(&op.code.builtin)) {
            op = moves.input(0).and_then(|id| producer(&id));
        }
        op.is_some_and(|op| op.code.custom.as_deref() == Some("AscendQuant"))
    })
}

/// What leaves whole numbers what they are.
const MOVES: [Builtin; 7] = [
    Builtin::PAD,
    Builtin::RESHAPE,
    Builtin::TRANSPOSE,
    Builtin::SQUEEZE,
    Builtin::EXPAND_DIMS,
    Builtin::SPACE_TO_BATCH_ND,
    Builtin::BATCH_TO_SPACE_ND,
];

/// Drops operators whose results nothing needs.
fn drop_unread(model: &mut Model) {
    let graph = model.main_mut();
    let mut needed: BTreeSet<TensorId> = graph.outputs().iter().copied().collect();
    let mut kept = BTreeSet::new();
    for (number, op) in graph.operators().iter().enumerate().rev() {
        if op.outputs.iter().any(|id| needed.contains(id)) {
            needed.extend(op.inputs.iter().flatten());
            kept.insert(OpId(number));
        }
    }
    graph.retain(|number, _| kept.contains(&number));
}
