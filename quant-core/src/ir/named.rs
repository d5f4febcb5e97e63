//! The tensor that a person means: by its label, by a beginning that only it has, and what is near to a wrong name.

use super::{Graph, TensorId};
use crate::error::{Error, Result};

/// Names that are told when none is right.
const TOLD: usize = 3;

/// Longer names are not compared letter by letter.
const LONGEST: usize = 512;

impl Graph {
    /// The tensor of this label ([`Graph::labels`]), or the only one whose name begins with it up to the first `;`:
    /// converters join the names of all that they fused into one, with `;` between them.
    ///
    /// # Errors
    /// No tensor, or several: the error tells which names are near.
    pub fn named(&self, name: &str) -> Result<TensorId> {
        self.look_up(name).map_err(|way_out| {
            let place = format!("tensor `{name}`");
            Error::invalid(place, "the model has none of that name", way_out)
        })
    }

    /// As [`Graph::named`], for who has words of his own.
    ///
    /// # Errors
    /// The way out: the names that are near.
    pub fn look_up(&self, name: &str) -> Result<TensorId, String> {
        let labels = self.labels();
        let all: Vec<(usize, &str)> = labels.iter().map(String::as_str).enumerate().collect();
        choose(name, &all).map(TensorId)
    }

    /// The operator that makes the tensor of this name, which is taken as [`Graph::named`] takes it.
    ///
    /// # Errors
    /// The way out: the names that are near.
    pub fn operator_named(&self, name: &str) -> Result<usize, String> {
        let labels = self.labels();
        let operators = self.operators.iter().enumerate();
        let made = operators.flat_map(|(number, op)| op.outputs.iter().map(move |id| (number, id)));
        let made: Vec<(usize, &str)> = made.map(|(number, id)| (number, labels[id.0].as_str())).collect();
        choose(name, &made)
    }
}

/// The part of a name before its first `;`.
pub fn head(name: &str) -> &str {
    name.split_once(';').map_or(name, |(head, _)| head)
}

/// The number that a name stands for.
///
/// # Errors
/// The way out: names that are near, or some names.
fn choose(wanted: &str, names: &[(usize, &str)]) -> Result<usize, String> {
    if let Some((number, _)) = names.iter().find(|(_, name)| *name == wanted) {
        return Ok(*number);
    }
    let begin: Vec<&(usize, &str)> = names.iter().filter(|(_, name)| head(name) == wanted).collect();
    if let [(number, _)] = begin.as_slice() {
        return Ok(*number);
    }
    let list = |found: &[&str]| -> String {
        let quoted = found.iter().map(|name| format!("`{name}`"));
        quoted.collect::<Vec<_>>().join(", ")
    };
    if !begin.is_empty() {
        let found: Vec<&str> = begin.iter().take(TOLD).map(|(_, name)| *name).collect();
        return Err(format!(
            "{} names begin so; give one of them whole: {}",
            begin.len(),
            list(&found)
        ));
    }
    let mut near: Vec<(usize, &str)> = names
        .iter()
        .filter_map(|(_, name)| Some((distance(wanted, name)?, *name)))
        .collect();
    // A stable sort: of equal ones the first of the graph.
    near.sort_by_key(|(distance, _)| *distance);
    near.dedup_by_key(|(_, name)| *name);
    if near.is_empty() {
        let some: Vec<&str> = names.iter().take(TOLD).map(|(_, name)| *name).collect();
        return Err(format!("names are those of `quant info`, as in {}", list(&some)));
    }
    // What is told is enough to name it.
    let short = |name: &str| -> String {
        let heads = names
            .iter()
            .filter(|(_, other)| head(other) == head(name))
            .count();
        if heads == 1 { head(name) } else { name }.to_owned()
    };
    let told: Vec<String> = near.iter().take(TOLD).map(|(_, name)| short(name)).collect();
    let told: Vec<&str> = told.iter().map(String::as_str).collect();
    Err(format!(
        "is it {}? `quant info` lists all names",
        list(&told).replacen(", ", " or ", TOLD)
    ))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{DType, Tensor};

    fn graph(names: &[&str]) -> Graph {
        let tensors = names
            .iter()
            .map(|name| Tensor::new(*name, DType::Float32, vec![1]));
        Graph {
            tensors: tensors.collect(),
            ..Graph::default()
        }
    }

    #[test]
    fn names_and_beginnings() {
        let graph = graph(&[
            "x",
            "net/conv1/Relu;net/conv1/BiasAdd",
            "a;b",
            "a;c",
            "x",
            "a",
            "z;1",
            "z;2",
        ]);
        for (name, number) in [("x", 0), ("x#4", 4), ("net/conv1/Relu", 1), ("a;c", 3), ("a", 5)] {
            assert_eq!(graph.named(name), Ok(TensorId(number)), "{name}");
        }
        assert_eq!(
            graph.named("z").unwrap_err().to_string(),
            "tensor `z`: the model has none of that name; 2 names begin so; give one of them whole: `z;1`, `z;2`"
        );
    }

    #[test]
    fn near_names_are_told() {
        let graph = graph(&[
            "input",
            "net/conv1/Relu;net/conv1/BiasAdd",
            "net/conv2/Relu",
            "Identity",
        ]);
        for (wrong, way_out) in [
            ("inptu", "is it `input`? `quant info` lists all names"),
            ("identity", "is it `Identity`? `quant info` lists all names"),
            // The part before `;` is enough.
            (
                "net/conv1/relu",
                "is it `net/conv1/Relu` or `net/conv2/Relu`? `quant info` lists all names",
            ),
            ("conv2", "is it `net/conv2/Relu`? `quant info` lists all names"),
            (
                "nothing",
                "names are those of `quant info`, as in `input`, `net/conv1/Relu;net/conv1/BiasAdd`, `net/conv2/Relu`",
            ),
        ] {
            let error = graph.named(wrong).unwrap_err().to_string();
            assert_eq!(
                error,
                format!("tensor `{wrong}`: the model has none of that name; {way_out}")
            );
        }
    }
}
