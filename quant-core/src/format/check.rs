//! After import: every index names something, and constants fill their shapes.

use crate::error::{Error, Result};
use crate::ir::{Graph, Model, Tensor};

/// Checks the indices of the whole model.
///
/// # Errors
/// The first index that names nothing, the first constant of a wrong size.
pub fn references(model: &Model) -> Result<()> {
    if model.graphs.is_empty() {
        return Err(Error::invalid(
            "file",
            "it has no subgraph",
            "convert the model again",
        ));
    }
    for (index, graph) in model.graphs.iter().enumerate() {
        self::graph(model, graph).map_err(|error| error.within(format!("subgraph {index}")))?;
    }
    let missing = |place: String, what: String| Err(Error::invalid(place, what, "convert the model again"));
    for metadata in model.metadata.iter().flatten() {
        if metadata.buffer.0 >= model.buffers.len() {
            return missing(
                format!("metadata `{}`", metadata.name),
                format!("buffer {} does not exist", metadata.buffer.0),
            );
        }
    }
    for signature in model.signatures.iter().flatten() {
        let place = format!("signature `{}`", signature.key.as_deref().unwrap_or_default());
        let Some(graph) = model.graphs.get(signature.subgraph as usize) else {
            return missing(place, format!("subgraph {} does not exist", signature.subgraph));
        };
        for tensor in signature.inputs.iter().chain(&signature.outputs) {
            if tensor.tensor as usize >= graph.tensors.len() {
                return missing(
                    place,
                    format!("tensor {} of `{}` does not exist", tensor.tensor, tensor.name),
                );
            }
        }
    }
    Ok(())
}

fn graph(model: &Model, graph: &Graph) -> Result<()> {
    let way_out = "convert the model again";
    let count = graph.tensors.len();
    for (what, list) in [("input", &graph.inputs), ("output", &graph.outputs)] {
        if let Some(id) = list.iter().find(|id| id.0 >= count) {
            return Err(Error::invalid(
                format!("graph {what}"),
                format!("tensor {} does not exist", id.0),
                way_out,
            ));
        }
    }
    let mut produced = vec![false; count];
    for (index, op) in graph.operators.iter().enumerate() {
        let place = || format!("operator {index} ({})", op.code.builtin);
        if let Some(id) = op
            .inputs
            .iter()
            .flatten()
            .chain(&op.outputs)
            .find(|id| id.0 >= count)
        {
            return Err(Error::invalid(
                place(),
                format!("tensor {} does not exist", id.0),
                way_out,
            ));
        }
        for id in &op.outputs {
            if std::mem::replace(&mut produced[id.0], true) {
                let what = format!("`{}` is made twice", graph.tensor(*id).name);
                return Err(Error::invalid(place(), what, way_out));
            }
        }
    }
    graph
        .tensors
        .iter()
        .try_for_each(|tensor| self::tensor(model, tensor))
}

fn tensor(model: &Model, tensor: &Tensor) -> Result<()> {
    let place = || format!("tensor `{}`", tensor.name);
    let way_out = "convert the model again";
    if tensor.buffer.0 >= model.buffers.len() {
        return Err(Error::invalid(
            place(),
            format!("buffer {} does not exist", tensor.buffer.0),
            way_out,
        ));
    }
    if let Some(quant) = &tensor.quant {
        let (scales, zero_points) = (quant.scale.len(), quant.zero_point.len());
        if zero_points != 0 && scales != 0 && scales != zero_points {
            return Err(Error::invalid(
                place(),
                format!("{scales} scales and {zero_points} zero points"),
                way_out,
            ));
        }
    }
    let Some(data) = model.content(tensor) else {
        return Ok(());
    };
    let wanted = tensor
        .elements()
        .and_then(|elements| tensor.dtype.bytes(elements));
    if tensor.sparsity.is_none()
        && tensor.compression == 0
        && wanted.is_some_and(|wanted| wanted != data.len())
    {
        let what = format!(
            "{} bytes do not fill {} of shape {:?}",
            data.len(),
            tensor.dtype,
            tensor.shape
        );
        return Err(Error::invalid(place(), what, way_out));
    }
    Ok(())
}
