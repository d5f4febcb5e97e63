//! The tensor that a person means: by its label, by a beginning that only it has, and what is near to a wrong name.

use std::collections::BTreeMap;

use super::{Graph, TensorId};
use crate::error::{Error, Place, Problem, Result};

/// Names that are told when none is right.
const TOLD: usize = 3;

/// Longer names are not compared letter by letter.
const LONGEST: usize = 512;

/// What the names of one graph stand for: tensors ([`Graph::names`]) or operators ([`Graph::operator_names`]). Made once
/// for many names, it finds each without a walk over the graph.
pub struct Names<T> {
    labels: Vec<(String, T)>,
    whole: BTreeMap<String, T>,
    /// Where in `labels` those of a head are.
    heads: BTreeMap<String, Vec<usize>>,
}

impl Graph {
    /// The tensors by their labels ([`Graph::labels`]).
    pub fn names(&self) -> Names<TensorId> {
        let ids = (0..).map(TensorId);
        Names::new(self.labels().into_iter().zip(ids).collect())
    }

    /// The operators by the tensors that they make: by the label ([`Graph::labels`]), and by a plain name that is the label
    /// of no tensor that an operator makes (a graph input is called so too): the first operator that makes one of that name.
    pub fn operator_names(&self) -> Names<usize> {
        let labels = self.labels();
        let operators = self.operators.iter().enumerate();
        let made = operators.flat_map(|(number, op)| op.outputs.iter().map(move |id| (*id, number)));
        let labelled = made.clone().map(|(id, number)| (labels[id.0].clone(), number));
        let mut names = Names::new(labelled.collect());
        for (id, number) in made {
            let name = &self.tensor(id).name;
            if !name.is_empty() {
                names.whole.entry(name.clone()).or_insert(number);
            }
        }
        names
    }
}

impl Names<TensorId> {
    /// The tensor of a name, as [`Names::get`] takes it.
    ///
    /// # Errors
    /// No tensor, or several: the error tells which names are near.
    pub fn tensor(&self, name: &str) -> Result<TensorId> {
        self.get(name).ok_or_else(|| {
            let place = Place::tensor("tensor", name);
            Error::new(
                place,
                Problem::UnknownName {
                    name: name.to_owned(),
                    text: None,
                },
                self.hint(name),
            )
        })
    }
}

impl<T: Copy> Names<T> {
    fn new(labels: Vec<(String, T)>) -> Self {
        let mut whole = BTreeMap::new();
        let mut heads: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, (label, what)) in labels.iter().enumerate() {
            whole.entry(label.clone()).or_insert(*what);
            heads.entry(head(label).to_owned()).or_default().push(at);
        }
        Self { labels, whole, heads }
    }

    /// What has this name, or alone has a name that begins with it up to the first `;`: converters join the names of all
    /// that they fused into one, with `;` between them.
    pub fn get(&self, name: &str) -> Option<T> {
        let alone = || match self.begin(name) {
            [at] => Some(self.labels[*at].1),
            _ => None,
        };
        self.whole.get(name).copied().or_else(alone)
    }

    /// What to do about a name that [`Names::get`] does not find: the names that are near, or some names.
    pub fn hint(&self, name: &str) -> String {
        let list = |found: &[&str]| -> String {
            let quoted = found.iter().map(|name| format!("`{name}`"));
            quoted.collect::<Vec<_>>().join(", ")
        };
        let begin = self.begin(name);
        if !begin.is_empty() {
            let found: Vec<&str> = begin
                .iter()
                .take(TOLD)
                .map(|at| self.labels[*at].0.as_str())
                .collect();
            return format!(
                "{} names begin so; give one of them whole: {}",
                begin.len(),
                list(&found)
            );
        }
        let labels = self.labels.iter().map(|(label, _)| label.as_str());
        let mut near: Vec<(usize, &str)> = labels
            .clone()
            .filter_map(|label| Some((distance(name, label)?, label)))
            .collect();
        // A stable sort: of equal ones the first of the graph.
        near.sort_by_key(|(distance, _)| *distance);
        near.dedup_by_key(|(_, label)| *label);
        if near.is_empty() {
            let some: Vec<&str> = labels.take(TOLD).collect();
            return format!("names are those of `quant info`, as in {}", list(&some));
        }
        // What is told is enough to name it.
        let told = near
            .iter()
            .take(TOLD)
            .map(|(_, label)| match self.begin(head(label)) {
                [_] => head(label),
                _ => label,
            });
        let told: Vec<&str> = told.collect();
        format!(
            "is it {}? `quant info` lists all names",
            list(&told).replacen(", ", " or ", TOLD)
        )
    }

    fn begin(&self, head: &str) -> &[usize] {
        self.heads.get(head).map_or(&[], Vec::as_slice)
    }
}

/// The part of a name before its first `;`.
pub fn head(name: &str) -> &str {
    name.split_once(';').map_or(name, |(head, _)| head)
}

/// How far a name is from the wanted one; `None` when it is far. Letters that were left out, added, changed or swapped
/// count, capitals do not; a name that holds the wanted one whole is near as well.
fn distance(wanted: &str, name: &str) -> Option<usize> {
    let wanted = wanted.to_lowercase();
    let (name, head) = (name.to_lowercase(), head(name).to_lowercase());
    let last = head.rsplit('/').next().unwrap_or(&head);
    let allowed = (wanted.chars().count() / 4).max(1);
    let edits = [name.as_str(), head.as_str(), last]
        .into_iter()
        .filter_map(|part| {
            let comparable = wanted.len().abs_diff(part.len()) <= 4 * allowed && part.len() <= LONGEST;
            let edits = comparable.then(|| strsim::osa_distance(&wanted, part))?;
            (edits <= allowed).then_some(edits)
        });
    let within = (wanted.chars().count() > 1 && name.contains(&wanted)).then_some(allowed + 1);
    edits.min().or(within)
}
