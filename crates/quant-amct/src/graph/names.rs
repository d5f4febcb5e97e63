//! Names of new nodes.

use std::collections::BTreeSet;

use super::index::Index;

/// Names that are taken, those of scopes among them.
pub(super) struct Names(BTreeSet<String>);

impl Names {
    /// The names of a graph, and the scopes that they stand in.
    pub fn of(index: &Index) -> Self {
        let mut taken = BTreeSet::new();
        for name in index.names() {
            let cuts = name.match_indices('/').map(|(at, _)| &name[..at]);
            taken.extend(cuts.map(str::to_owned));
            taken.insert(name.to_owned());
        }
        Self(taken)
    }

    /// A name beside a layer (`scope/last`, when the layer is `scope/layer`) that is not taken: with `_1`, `_2`, … if it is.
    pub fn beside(&mut self, layer: &str, last: &str) -> String {
        let scope = layer.rsplit_once('/').map_or("", |(scope, _)| scope);
        let name = if scope.is_empty() {
            last.to_owned()
        } else {
            format!("{scope}/{last}")
        };
        self.fresh(&name)
    }

    /// `name`, or with `_1`, `_2`, … behind it.
    pub fn fresh(&mut self, name: &str) -> String {
        let mut found = name.to_owned();
        let mut number = 0;
        while !self.0.insert(found.clone()) {
            number += 1;
            found = format!("{name}_{number}");
        }
        found
    }
}
