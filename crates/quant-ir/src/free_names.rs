//! Names for new tensors.

use std::collections::BTreeMap;

use super::Graph;

/// The names that tensors of one graph have, to find free ones for many new tensors: each takes a look-up, not a walk
/// over the graph.
#[derive(Clone, Debug, Default)]
pub struct FreeNames {
    /// How many tensors have a name.
    taken: BTreeMap<String, usize>,
    /// For a name, a number up to which `name_1`, `name_2`, … are taken.
    numbers: BTreeMap<String, usize>,
}

impl FreeNames {
    /// Those beside the tensors of a graph.
    pub fn of(graph: &Graph) -> Self {
        let mut names = Self::default();
        for tensor in graph.tensors() {
            *names.taken.entry(tensor.name.clone()).or_default() += 1;
        }
        names
    }

    /// `name`, or `name_1`, `name_2`, … when a tensor has it already. What is returned is taken from then on.
    pub fn take(&mut self, name: &str) -> String {
        let mut free = name.to_owned();
        if self.taken.contains_key(name) {
            let number = self.numbers.entry(name.to_owned()).or_default();
            while self.taken.contains_key(&free) {
                *number += 1;
                free = format!("{name}_{number}");
            }
        }
        *self.taken.entry(free.clone()).or_default() += 1;
        free
    }

    /// A tensor of this name goes, or gets another one.
    pub fn give_back(&mut self, name: &str) {
        let Some(count) = self.taken.get_mut(name).filter(|count| **count > 1) else {
            self.taken.remove(name);
            // The name may be one that was counted up to.
            let number = name.rsplit_once('_').and_then(|(name, number)| {
                let counted = number.parse::<usize>().ok()?;
                Some((name, counted))
            });
            if let Some((name, counted)) = number
                && let Some(number) = self.numbers.get_mut(name)
            {
                *number = (*number).min(counted.saturating_sub(1));
            }
            return;
        };
        *count -= 1;
    }
}
