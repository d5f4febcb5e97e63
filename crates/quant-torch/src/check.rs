//! What holds in every checkpoint that was read.

use crate::checkpoint::Checkpoint;
use crate::error::{Error, Place, Problem, Result};
use crate::pickle::{Graph, Id, Object};
use crate::rebuild;
use crate::reference::reference;

impl Checkpoint {
    /// Every storage that is named is there and whole, and no tensor looks beyond its own.
    pub(crate) fn check(&self) -> Result<()> {
        let place = |error: Error| error.within("data.pkl");
        for id in self.persistents() {
            let Some(reference) = reference(&self.graph, id).map_err(place)? else {
                continue;
            };
            let (wanted, there) = (reference.size()?, self.storage(&reference.key)?.payload.size());
            if wanted > there {
                return Err(Error::new(
                    Place::storage(&reference.key),
                    Problem::StorageSize {
                        found: there,
                        expected: wanted,
                    },
                    "the file is damaged or cut off; save or copy it again",
                ));
            }
        }
        for id in self.graph.ids() {
            rebuild::rebuild(&self.graph, id).map_err(place)?;
        }
        Ok(())
    }
}

/// The storages that an object and all that it holds name, in the order in which they first come.
pub(crate) fn named_storages(graph: &Graph, root: Id) -> Result<Vec<(String, u64)>> {
    let mut seen = vec![false; graph.len()];
    let mut worklist = vec![root];
    let mut keys: Vec<(String, u64)> = Vec::new();
    let mut known = std::collections::BTreeSet::new();
    while let Some(id) = worklist.pop() {
        match seen.get_mut(id.place()) {
            Some(seen) if !*seen => *seen = true,
            _ => continue,
        }
        if matches!(graph.get(id), Object::Persistent(_))
            && let Some(reference) = reference(graph, id)?
            && known.insert(reference.key.clone())
        {
            keys.push((reference.key, reference.dtype.size()));
        }
        worklist.extend(graph.parts(id).into_iter().rev());
    }
    Ok(keys)
}
