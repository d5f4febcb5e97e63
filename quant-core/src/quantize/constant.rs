//! Constants: taking one for an operator's own use, reading and replacing its elements.

use std::borrow::Cow;

use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::{BufferId, Content, DType, FreeNames, Graph, Model, Tensor, TensorId};
use quant_numeric::channels::Channels;
use quant_numeric::coding::{Float, MinMax, min_max};

/// Gives every reader of a float constant a tensor of its own, since readers may differ in type, granularity
/// and range. The first reader, or the graph's interface, keeps the constant; the others read copies with a
/// number behind the name, which share its buffer until one is quantized.
///
/// # Errors
/// None that a sound graph could have.
pub fn separate(model: &mut Model) -> Result<()> {
    let mut names = FreeNames::of(model.main());
    let constant = |tensor: &Tensor| tensor.dtype == DType::Float32 && model.is_const(tensor);
    let constants: Vec<bool> = model.main().tensors().iter().map(constant).collect();
    let graph = model.main_mut();
    let mut read: Vec<bool> = graph.ids().map(|id| graph.is_output(id)).collect();
    for mut op in graph.take_operators() {
        for id in op.inputs.iter_mut().flatten().filter(|id| constants[id.0]) {
            if std::mem::replace(&mut read[id.0], true) {
                let mut copy = graph.tensor(*id).clone();
                copy.name = names.take(&copy.name);
                *id = graph.add_tensor(copy);
            }
        }
        graph.push(op)?;
    }
    Ok(())
}

/// The name of the Quantize behind or before a tensor.
pub fn quantize_name(tensor: &str) -> String {
    format!("{tensor}_Quantize")
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
    measured_in(model, 0, id, channels)
}

/// The same of a constant of that graph.
///
/// # Errors
/// As [`floats`].
pub fn measured_in(
    model: &Model,
    graph: usize,
    id: TensorId,
    channels: Channels,
) -> Result<(Cow<'_, [Float]>, Vec<MinMax>)> {
    let floats = floats_in(model, graph, id)?;
    let Some(ranges) = min_max(&floats, channels) else {
        let mut values = floats.iter().map(|x| f32::from_le_bytes(*x)).enumerate();
        let wrong = values.find(|(_, x)| !x.is_finite() || x.abs() == f32::MAX);
        let (at, x) = wrong.unwrap_or_default();
        let tensor = model.graphs()[graph].tensor(id);
        return Err(Error::new(
            Place::tensor("constant", &tensor.name).numbered(id.0),
            Problem::Unscalable {
                element: at,
                value: x,
            },
            "clip the constant before quantizing",
        ));
    };
    Ok((floats, ranges))
}

/// The elements of a float constant of that graph as they stand, whatever they are.
///
/// # Errors
/// The tensor is no float constant of its shape.
pub fn floats_in(model: &Model, graph: usize, id: TensorId) -> Result<Cow<'_, [Float]>> {
    let tensor = model.graphs()[graph].tensor(id);
    let content = model.content(tensor).filter(|_| tensor.dtype == DType::Float32);
    let floats = content.and_then(Content::floats);
    floats
        .filter(|floats| Some(floats.len()) == tensor.elements())
        .ok_or_else(|| {
            Error::new(
                Place::tensor("constant", &tensor.name).numbered(id.0),
                Problem::Type(format!(
                    "it is not a float32 constant of shape {:?}",
                    tensor.shape
                )),
                "quantize a float model with constant weights",
            )
        })
}

/// How many tensors and metadata name each buffer of a model.
pub struct BufferUses(Vec<usize>);

impl BufferUses {
    /// Those of a model.
    pub fn of(model: &Model) -> Self {
        let mut uses = Self(vec![0; model.buffers().len()]);
        let tensors = model.graphs().iter().flat_map(Graph::tensors);
        let metadata = model.metadata.iter().flatten();
        let named = tensors
            .map(|tensor| tensor.buffer)
            .chain(metadata.map(|entry| entry.buffer));
        named.for_each(|buffer| *uses.at(buffer.index()) += 1);
        let old = model.metadata_buffer.iter().flatten();
        for number in old.filter_map(|number| usize::try_from(*number).ok()) {
            if let Some(count) = uses.0.get_mut(number) {
                *count += 1;
            }
        }
        uses
    }

    /// One more tensor names a buffer.
    pub fn add(&mut self, buffer: BufferId) {
        *self.at(buffer.index()) += 1;
    }

    /// A tensor names another buffer than before.
    pub fn moved(&mut self, from: BufferId, to: BufferId) {
        let count = self.at(from.index());
        *count = count.saturating_sub(1);
        self.add(to);
    }

    /// Whether several name a buffer.
    pub fn shared(&self, buffer: BufferId) -> bool {
        self.0.get(buffer.index()).is_some_and(|count| *count > 1)
    }

    fn at(&mut self, buffer: usize) -> &mut usize {
        if buffer >= self.0.len() {
            self.0.resize(buffer + 1, 0);
        }
        &mut self.0[buffer]
    }
}

/// Replaces the elements of a constant and its type: in its buffer, when nothing else has that, or in a new one.
pub fn store(model: &mut Model, uses: &mut BufferUses, id: TensorId, dtype: DType, content: Content) {
    store_in(model, uses, 0, id, dtype, content);
}

/// The same of a constant of that graph.
pub fn store_in(
    model: &mut Model,
    uses: &mut BufferUses,
    graph: usize,
    id: TensorId,
    dtype: DType,
    content: Content,
) {
    let old = model.graphs()[graph].tensor(id).buffer;
    // The stage that made the new elements has read the old ones, and hardly anybody reads them again; but
    // fake-quantized floats are made of them.
    let held = model.buffer(old).and_then(|buffer| buffer.data.as_ref());
    if let (Some(held), Content::Plain(_)) = (held, &content) {
        held.release();
    }
    let alone = *uses.at(old.index()) == 1;
    let new = if alone {
        model.set_content(old, content)
    } else {
        model.add_content(content)
    };
    let count = uses.at(old.index());
    *count = count.saturating_sub(1);
    *uses.at(new.index()) += 1;
    let tensor = model.graphs_mut()[graph].tensor_mut(id);
    tensor.buffer = new;
    tensor.dtype = dtype;
}

/// Lets a tensor of that graph have the elements of another buffer. The one that it had is emptied when nothing names it
/// any more.
pub fn share_in(
    model: &mut Model,
    uses: &mut BufferUses,
    graph: usize,
    id: TensorId,
    dtype: DType,
    buffer: BufferId,
) {
    let tensor = model.graphs_mut()[graph].tensor_mut(id);
    let old = std::mem::replace(&mut tensor.buffer, buffer);
    tensor.dtype = dtype;
    *uses.at(buffer.index()) += 1;
    let count = uses.at(old.index());
    *count = count.saturating_sub(1);
    if *count == 0 && old.index() != 0 {
        model.set_content(old, Vec::new().into());
    }
}
