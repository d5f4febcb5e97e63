//! Every index names something, operators stand in the order in which they run, and constants fill their
//! shapes. What only some commands look into (names, ranges, contents, options) is checked where it is used; the table
//! in docs/security.md says which is where.
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

use crate::error::{Error, Place, Problem, Result};
use crate::limits;
use crate::{Buffer, Graph, Metadata, Model, ModelParts, Signature, entry};

use super::check_graph::View;
use super::{CONVERT, check_graph, check_tensor};

/// Checks the parts of a model.
///
/// # Errors
/// No graph; see `check_graph` and `check_tensor`; metadata and signatures that name what is not there.
fn parts(parts: &ModelParts) -> Result<()> {
    if parts.graphs.is_empty() {
        return Err(Error::new(
            "file",
            Problem::Malformed("it has no subgraph".into()),
            CONVERT,
        ));
    }
    let graphs = parts.graphs.iter().map(|graph| View {
        tensors: &graph.tensors,
        inputs: &graph.inputs,
        outputs: &graph.outputs,
        operators: &graph.operators,
    });
    check(
        graphs,
        &parts.buffers,
        parts.metadata.as_deref(),
        parts.signatures.as_deref(),
    )
}

/// Checks a whole model: what its tensors say of themselves may have been changed since it was put together.
///
/// # Errors
/// As an import.
pub fn model(model: &Model) -> Result<()> {
    let graphs = model.graphs().iter().map(|graph| View {
        tensors: graph.tensors(),
        inputs: graph.inputs(),
        outputs: graph.outputs(),
        operators: graph.operators(),
    });
    check(
        graphs,
        model.buffers(),
        model.metadata.as_deref(),
        model.signatures(),
    )
}

fn check<'a>(
    graphs: impl Iterator<Item = View<'a>>,
    buffers: &[Buffer],
    metadata: Option<&[Metadata]>,
    signatures: Option<&[Signature]>,
) -> Result<()> {
    let mut counts = Vec::new();
    for (index, graph) in graphs.enumerate() {
        let mut tensors = graph.tensors.iter();
        tensors
            .try_for_each(|tensor| check_tensor::check(buffers, graph.tensors.len(), tensor))
            .and_then(|()| check_graph::check(buffers, graph))
            .map_err(|error| error.within(Place::number("subgraph", index)))?;
        counts.push(graph.tensors.len());
    }
    for metadata in metadata.into_iter().flatten() {
        if metadata.buffer.0 >= buffers.len() {
            let what = format!("buffer {} does not exist", metadata.buffer.0);
            return Err(Error::new(
                Place::named("metadata", &metadata.name),
                Problem::Malformed(what),
                CONVERT,
            ));
        }
    }
    entry::check(signatures, &counts)
}

impl TryFrom<ModelParts> for Model {
    type Error = Error;

    /// Puts a model together.
    ///
    /// # Errors
    /// What an import of a file refuses: indices that name nothing, a tensor that is made twice, operators out of order,
    /// bytes or parameters that do not fit a tensor's shape.
    fn try_from(mut parts: ModelParts) -> Result<Self> {
        if parts.buffers.is_empty() {
            parts.buffers.push(Buffer::default());
        }
        self::parts(&parts)?;
        Ok(Self {
            format: parts.format,
            version: parts.version,
            description: parts.description,
            opcodes: parts.opcodes,
            graphs: parts.graphs.into_iter().map(Graph::of_checked).collect(),
            buffers: parts.buffers,
            metadata_buffer: parts.metadata_buffer,
            metadata: parts.metadata,
            signatures: parts.signatures,
            appended: parts.appended,
        })
    }
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
