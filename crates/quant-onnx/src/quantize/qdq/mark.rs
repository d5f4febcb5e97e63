//! Marks: which tensors are quantized, and how, in the order in which nodes asked for it.

use std::collections::BTreeMap;

/// What a tensor is quantized as.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    /// A weight, in a constant the type of weights.
    pub weight: bool,
    /// The tensor whose parameters it has.
    pub shared: Option<String>,
    /// The axis of its channels.
    pub axis: Option<usize>,
}

/// A bias, and the tensors whose scales its scale is made of.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bias {
    pub input: String,
    pub weight: String,
    pub beta: f32,
}

/// Marks by the names of tensors. A mark set again keeps its place; one that was taken away and comes back is the last.
#[derive(Clone, Debug, Default)]
pub(crate) struct Marks {
    places: BTreeMap<String, usize>,
    marks: Vec<Option<(String, Mark)>>,
}

impl Marks {
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.places.contains_key(name)
    }

    pub(crate) fn set(&mut self, name: &str, mark: Mark) {
        if let Some(slot) = self.places.get(name).and_then(|at| self.marks.get_mut(*at)) {
            *slot = Some((name.to_owned(), mark));
        } else {
            self.places.insert(name.to_owned(), self.marks.len());
            self.marks.push(Some((name.to_owned(), mark)));
        }
    }

    /// Sets a mark where there is none.
    pub(crate) fn set_first(&mut self, name: &str, mark: Mark) {
        if !self.contains(name) {
            self.set(name, mark);
        }
    }

    pub(crate) fn remove(&mut self, name: &str) {
        if let Some(slot) = self.places.remove(name).and_then(|at| self.marks.get_mut(at)) {
            *slot = None;
        }
    }

    /// All marks, in order.
    pub(crate) fn all(&self) -> Vec<(String, Mark)> {
        self.marks.iter().flatten().cloned().collect()
    }
}
