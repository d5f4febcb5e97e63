//! Constants that operators read in several forms: each form is a tensor.

use std::collections::{BTreeMap, BTreeSet};

use quant_ir::{BufferId, FreeNames, Graph, TensorId};

/// How often each tensor of a graph is named: by operators, and in the list of graph outputs.
pub fn named(graph: &Graph) -> Vec<usize> {
    let mut named = vec![0; graph.tensors().len()];
    let inputs = graph.operators().iter().flat_map(|op| op.inputs.iter().flatten());
    inputs.chain(graph.outputs()).for_each(|id| named[id.0] += 1);
    named
}

/// A tensor for each form (`K`) of each constant, for uses that are each a constant and its form. The first form stands in
/// the constant's own tensor where nobody uses the constant in another way; the others are copies, named after it and
/// `suffix`, with its bytes. `add` is told the buffer of each copy.
pub fn of<K: Ord + Copy>(
    graph: &mut Graph,
    names: &mut FreeNames,
    uses: impl Iterator<Item = (TensorId, K)> + Clone,
    suffix: &str,
    mut add: impl FnMut(BufferId),
) -> BTreeMap<(TensorId, K), TensorId> {
    let named = named(graph);
    let mut formed: BTreeMap<TensorId, usize> = BTreeMap::new();
    uses.clone()
        .for_each(|(id, _)| *formed.entry(id).or_default() += 1);
    let mut twins = BTreeMap::new();
    let mut taken = BTreeSet::new();
    for (id, form) in uses {
        if twins.contains_key(&(id, form)) {
            continue;
        }
        let own = formed[&id] == named[id.0] && taken.insert(id);
        let twin = if own {
            id
        } else {
            let mut copy = graph.tensor(id).clone();
            copy.name = names.take(&format!("{}_{suffix}", copy.name));
            add(copy.buffer);
            graph.add_tensor(copy)
        };
        twins.insert((id, form), twin);
    }
    twins
}
