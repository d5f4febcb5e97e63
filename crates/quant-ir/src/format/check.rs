//! After import: every index names something, operators stand in the order in which they run, and constants fill their
//! shapes. What only some commands look into (names, ranges, contents, options) is checked where it is used; the table
//! in docs/security.md says which is where.
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

use crate::Model;
use crate::error::{Error, Place, Problem, Result};
use crate::limits;

use super::{CONVERT, check_graph, check_tensor};

/// Checks a whole model.
///
/// # Errors
/// See `check_graph` and `check_tensor`; metadata and signatures that name what is not there.
pub fn model(model: &Model) -> Result<()> {
    if model.graphs.is_empty() {
        return Err(Error::new(
            "file",
            Problem::Malformed("it has no subgraph".into()),
            CONVERT,
        ));
    }
    for (index, graph) in model.graphs.iter().enumerate() {
        let tensors = graph
            .tensors
            .iter()
            .try_for_each(|tensor| check_tensor::check(model, graph, tensor));
        tensors
            .and_then(|()| check_graph::check(model, graph))
            .map_err(|error| error.within(Place::number("subgraph", index)))?;
    }
    for metadata in model.metadata.iter().flatten() {
        if metadata.buffer.0 >= model.buffers.len() {
            let what = format!("buffer {} does not exist", metadata.buffer.0);
            return Err(Error::new(
                Place::named("metadata", &metadata.name),
                Problem::Malformed(what),
                CONVERT,
            ));
        }
    }
    signatures(model)
}

fn signatures(model: &Model) -> Result<()> {
    for signature in model.signatures.iter().flatten() {
        let place = || Place::named("signature", signature.key.as_deref().unwrap_or_default());
        let number = usize::try_from(signature.subgraph).ok();
        let Some(graph) = number.and_then(|number| model.graphs.get(number)) else {
            let what = format!("subgraph {} does not exist", signature.subgraph);
            return Err(Error::new(place(), Problem::Malformed(what), CONVERT));
        };
        let mut tensors = signature.inputs.iter().chain(&signature.outputs);
        let missing = tensors
            .find(|entry| usize::try_from(entry.tensor).map_or(true, |tensor| tensor >= graph.tensors.len()));
        if let Some(entry) = missing {
            let what = format!("tensor {} of `{}` does not exist", entry.tensor, entry.name);
            return Err(Error::new(place(), Problem::Malformed(what), CONVERT));
        }
    }
    Ok(())
}

/// Refuses a file with more of anything than is read, before any of it is.
///
/// # Errors
/// `Limit`.
pub fn counts(file: &quant_schema::Model<'_>) -> Result<()> {
    let graphs = file.subgraphs();
    let sum = |counts: &mut dyn Iterator<Item = usize>| counts.fold(0usize, usize::saturating_add);
    let tensors = sum(&mut graphs
        .iter()
        .flatten()
        .map(|g| g.tensors().map_or(0, |list| list.len())));
    let operators = sum(&mut graphs
        .iter()
        .flatten()
        .map(|g| g.operators().map_or(0, |list| list.len())));
    for (found, most, what) in [
        (
            graphs.map_or(0, |list| list.len()),
            limits::MAX_SUBGRAPHS,
            "subgraphs",
        ),
        (tensors, limits::MAX_TENSORS, "tensors"),
        (operators, limits::MAX_OPERATORS, "operators"),
        (
            file.operator_codes().map_or(0, |list| list.len()),
            limits::MAX_OPERATOR_CODES,
            "operator codes",
        ),
        (
            file.buffers().map_or(0, |list| list.len()),
            limits::MAX_BUFFERS,
            "buffers",
        ),
    ] {
        limits::at_most(most, found, "file", what)?;
    }
    Ok(())
}
