//! Constants: taking one for an operator's own use, reading and replacing its elements.

use std::borrow::Cow;

use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::{Content, DType, Graph, Model, TensorId};
use quant_numeric::channels::Channels;
use quant_numeric::coding::{Float, MinMax, min_max};

/// Gives every reader of a float constant a tensor of its own, since readers may differ in type, granularity
/// and range. The first reader, or the graph's interface, keeps the constant; the others read copies with a
/// number behind the name, which share its buffer until one is quantized.
pub fn separate(model: &mut Model) {
    let mut read: Vec<TensorId> = model.main().outputs.clone();
    for op in 0..model.main().operators.len() {
        for input in 0..model.main().operators[op].inputs.len() {
            let graph = model.main();
            let Some(id) = graph.operators[op].input(input) else {
                continue;
            };
            let tensor = graph.tensor(id);
            if tensor.dtype != DType::Float32 || !model.is_const(tensor) {
                continue;
            }
            if !read.contains(&id) {
                read.push(id);
                continue;
            }
            let mut copy = tensor.clone();
            copy.name = unique_name(graph, &copy.name);
            let graph = model.main_mut();
            let copy = graph.add_tensor(copy);
            graph.operators[op].inputs[input] = Some(copy);
        }
    }
}

/// The name of the Quantize behind or before a tensor.
pub fn quantize_name(tensor: &str) -> String {
    format!("{tensor}_Quantize")
}

/// `name`, or `name_1`, `name_2`, … when a tensor has it already.
pub fn unique_name(graph: &Graph, name: &str) -> String {
    free_name(name, |taken| graph.find(taken).is_some())
}

/// `name`, or `name_1`, `name_2`, … when it is taken.
pub fn free_name(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let mut candidate = name.to_owned();
    let mut number = 0usize;
    while is_taken(&candidate) {
        number += 1;
        candidate = format!("{name}_{number}");
    }
    candidate
}

/// The elements of a float constant.
///
/// # Errors
/// The tensor is no float constant of its shape, or an element is infinite, NaN, or the lowest or highest
/// float (which tools write for infinity).
pub fn floats(model: &Model, id: TensorId) -> Result<Vec<f32>> {
    let (floats, _) = measured(model, id, Channels::one())?;
    Ok(floats.iter().map(|x| f32::from_le_bytes(*x)).collect())
}

/// The elements of a float constant as they stand, and the smallest and largest of each channel.
///
/// # Errors
/// As [`floats`].
pub fn measured(model: &Model, id: TensorId, channels: Channels) -> Result<(Cow<'_, [Float]>, Vec<MinMax>)> {
    let tensor = model.main().tensor(id);
    let place = Place::tensor("constant", &tensor.name).numbered(id.0);
    let content = model.content(tensor).filter(|_| tensor.dtype == DType::Float32);
    let floats = content.and_then(Content::floats);
    let Some(floats) = floats.filter(|floats| Some(floats.len()) == tensor.elements()) else {
        return Err(Error::new(
            place,
            Problem::Type(format!(
                "it is not a float32 constant of shape {:?}",
                tensor.shape
            )),
            "quantize a float model with constant weights",
        ));
    };
    let Some(ranges) = min_max(&floats, channels) else {
        let mut values = floats.iter().map(|x| f32::from_le_bytes(*x)).enumerate();
        let wrong = values.find(|(_, x)| !x.is_finite() || x.abs() == f32::MAX);
        let (at, x) = wrong.unwrap_or_default();
        return Err(Error::new(
            place,
            Problem::Unscalable {
                element: at,
                value: x,
            },
            "clip the constant before quantizing",
        ));
    };
    Ok((floats, ranges))
}

/// Replaces the elements of a constant and its type.
pub fn store(model: &mut Model, id: TensorId, dtype: DType, content: Content) {
    let buffer = model.main().tensor(id).buffer;
    let users: usize = model
        .graphs
        .iter()
        .flat_map(|graph| &graph.tensors)
        .filter(|tensor| tensor.buffer == buffer)
        .count();
    let in_metadata = model.metadata.iter().flatten().any(|m| m.buffer == buffer)
        || model
            .metadata_buffer
            .iter()
            .flatten()
            .any(|&m| usize::try_from(m) == Ok(buffer.0));
    // The stage that made the new elements has read the old ones, and hardly anybody reads them again; but
    // fake-quantized floats are made of them.
    if let (Some(old), Content::Plain(_)) = (&model.buffers[buffer.0].data, &content) {
        old.release();
    }
    let buffer = if users == 1 && !in_metadata && buffer.0 != 0 {
        model.buffers[buffer.0].data = Some(content);
        buffer
    } else {
        model.add_content(content)
    };
    let tensor = model.main_mut().tensor_mut(id);
    tensor.buffer = buffer;
    tensor.dtype = dtype;
}

/// Replaces the elements of a constant with integers of `dtype`.
pub fn store_ints(model: &mut Model, id: TensorId, dtype: DType, values: &[i64]) {
    store(model, id, dtype, dtype.encode(values).into());
}
