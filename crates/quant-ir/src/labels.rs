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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DType, Tensor};

    fn graph(names: &[&str]) -> Graph {
        let tensors = names
            .iter()
            .map(|name| Tensor::new(*name, DType::Float32, vec![1]));
        let mut graph = Graph::new();
        for tensor in tensors {
            graph.add_tensor(tensor);
        }
        graph
    }

    #[test]
    fn no_two_labels_are_the_same() {
        assert_eq!(graph(&["a", "b"]).labels(), ["a", "b"]);
        assert_eq!(graph(&["t", "t", "u", "t"]).labels(), ["t", "t#1", "u", "t#3"]);
        assert_eq!(graph(&["", ""]).labels(), ["#0", "#1"]);
        // A tensor that is called like a label keeps its name.
        assert_eq!(
            graph(&["t", "t", "t#1", "t#1"]).labels(),
            ["t", "t#1#1", "t#1", "t#1#3"]
        );
        assert_eq!(graph(&["t", "t", "t", "t#2", "t#2#2"]).labels()[2], "t#2#2#2");
    }

    #[test]
    fn twins_of_a_name_are_told_apart_by_their_order() {
        let (float, quantized) = (graph(&["t", "w", "t", "x"]), graph(&["w", "t", "new", "t", "t"]));
        let twins = float.twins(&quantized);
        assert_eq!(
            twins,
            [Some(TensorId(1)), Some(TensorId(0)), Some(TensorId(3)), None]
        );
    }
}
