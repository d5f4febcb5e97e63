//! What tensors are called where each must be told from all others: a tensor is its number in the graph, and names, which
//! may repeat or be empty, are labels.

use std::collections::{BTreeMap, BTreeSet};

use super::{Graph, TensorId};

impl Graph {
    /// One label for each tensor, no two the same: its name; where a tensor before it has that name, or where it has none,
    /// the name, `#` and its number in the graph, as in `conv#12`.
    pub fn labels(&self) -> Vec<String> {
        let mut first: BTreeMap<&str, usize> = BTreeMap::new();
        for (number, tensor) in self.tensors.iter().enumerate() {
            first.entry(&tensor.name).or_insert(number);
        }
        let mut numbered = BTreeSet::new();
        let label = |(number, tensor): (usize, &super::Tensor)| {
            if !tensor.name.is_empty() && first.get(tensor.name.as_str()) == Some(&number) {
                return tensor.name.clone();
            }
            let mut label = format!("{}#{number}", tensor.name);
            // A tensor may really be called so.
            while first.contains_key(label.as_str()) || numbered.contains(&label) {
                label = format!("{label}#{number}");
            }
            numbered.insert(label.clone());
            label
        };
        self.tensors.iter().enumerate().map(label).collect()
    }

    /// For each tensor of this graph, the tensor of `other` that stands for it: the first of a name for the first, the
    /// second for the second. Two forms of one network have their tensors in the same order, whatever was added between.
    pub fn twins(&self, other: &Self) -> Vec<Option<TensorId>> {
        let ranks = |graph: &Self| -> Vec<usize> {
            let mut seen: BTreeMap<String, usize> = BTreeMap::new();
            let rank = |name: &String| {
                let count = seen.entry(name.clone()).or_default();
                *count += 1;
                *count - 1
            };
            graph
                .tensors
                .iter()
                .map(|tensor| &tensor.name)
                .map(rank)
                .collect()
        };
        let theirs = other.tensors.iter().map(|tensor| tensor.name.as_str());
        let theirs: BTreeMap<(&str, usize), usize> = theirs
            .zip(ranks(other))
            .enumerate()
            .map(|(number, key)| (key, number))
            .collect();
        let ours = self.tensors.iter().map(|tensor| tensor.name.as_str());
        ours.zip(ranks(self))
            .map(|key| theirs.get(&key).copied().map(TensorId))
            .collect()
    }
}
