//! Factors and addends for each channel, behind a layer.

use std::collections::BTreeMap;

use quant_ir::{Builtin, Content, FreeNames, Model, Operator, TensorId};

use super::activation;

/// Where a layer has its weights and bias, and which dimension of the weights is that of the output channels.
fn layer_of(op: &Operator) -> Option<(usize, usize, bool)> {
    match op.code.builtin {
        Builtin::CONV_2D | Builtin::FULLY_CONNECTED => Some((1, 2, true)),
        Builtin::TRANSPOSE_CONV => Some((1, 3, true)),
        Builtin::DEPTHWISE_CONV_2D | Builtin::CONV_3D => Some((1, 2, false)),
        _ => None,
    }
}

/// What an operator does to each channel of its input.
struct Change {
    /// The number that stands beside the value.
    by: Vec<f32>,
    of: fn(f32, f32) -> f32,
    /// Whether the weights change, too.
    scales: bool,
}

/// Takes what `next` does into the weights and the bias of `layer`, if that says the same; no factors where a layer is on `whole`
/// numbers.
pub(super) fn absorb(
    model: &mut Model,
    users: &BTreeMap<TensorId, usize>,
    (layer, whole): (&mut Operator, bool),
    next: &Operator,
) -> bool {
    let Some((weights_at, bias_at, first)) = layer_of(layer) else {
        return false;
    };
    // A transposed convolution takes no activation here, but has none either.
    if layer.code.builtin != Builtin::TRANSPOSE_CONV && !activation::is_open(layer) {
        return false;
    }
    let (Some(weights), Some(bias)) = (layer.input(weights_at), layer.input(bias_at)) else {
        return false;
    };
    let change = change(model, layer, next).filter(|change| !(whole && change.scales));
    let Some(change) = change else {
        return false;
    };
    let graph = model.main();
    let Some(mut b) = model.f32_data(graph.tensor(bias)) else {
        return false;
    };
    // Addends leave the weights alone, which need not be constants then.
    let w = if change.scales {
        model.f32_data(graph.tensor(weights))
    } else {
        Some(Vec::new())
    };
    let Some(mut w) = w else {
        return false;
    };
    let channels = b.len();
    if channels == 0 || change.by.len() != channels || !w.len().is_multiple_of(channels) {
        return false;
    }
    for (value, by) in b.iter_mut().zip(&change.by) {
        *value = (change.of)(*value, *by);
    }
    if change.scales {
        // How many weights of a channel follow each other.
        let run = if first {
            w.len().checked_div(channels).unwrap_or(1)
        } else {
            1
        };
        let by = change
            .by
            .iter()
            .cycle()
            .flat_map(|by| std::iter::repeat_n(by, run));
        for (value, by) in w.iter_mut().zip(by) {
            *value = (change.of)(*value, *by);
        }
        let id = replace(model, users, weights, &w);
        layer
            .inputs
            .iter_mut()
            .skip(weights_at)
            .take(1)
            .for_each(|input| *input = Some(id));
    }
    let id = replace(model, users, bias, &b);
    layer
        .inputs
        .iter_mut()
        .skip(bias_at)
        .take(1)
        .for_each(|input| *input = Some(id));
    true
}

#[allow(clippy::arithmetic_side_effects)] // floats
/// What `next` does to the output of `layer`: with a constant that is one number, or one for each channel.
fn change(model: &Model, layer: &Operator, next: &Operator) -> Option<Change> {
    let graph = model.main();
    let (made, output) = (*layer.outputs.first()?, *next.outputs.first()?);
    let &[Some(a), Some(b)] = next.inputs.as_slice() else {
        return None;
    };
    let (constant, behind) = if a == made { (b, true) } else { (a, false) };
    let (value, shape) = (graph.tensor(constant), &graph.tensor(output).shape);
    if shape != &graph.tensor(made).shape
        || next.options.fused_activation() != quant_schema::ActivationFunctionType::NONE
    {
        return None;
    }
    let numbers = model.f32_data(value)?;
    let channels = usize::try_from(*shape.last()?).ok()?;
    let by = match numbers.as_slice() {
        [one] => vec![*one; channels],
        _ if value.shape.last() == shape.last() && numbers.len() == channels => numbers,
        _ => return None,
    };
    let (of, scales): (fn(f32, f32) -> f32, bool) = match next.code.builtin {
        Builtin::ADD => (|a, b| a + b, false),
        Builtin::SUB if behind => (|a, b| a - b, false),
        Builtin::MUL => (|a, b| a * b, true),
        Builtin::DIV if behind => (|a, b| a / b, true),
        _ => return None,
    };
    Some(Change { by, of, scales })
}

/// The tensor with these elements: itself, when nobody else reads it, else a new one.
fn replace(model: &mut Model, users: &BTreeMap<TensorId, usize>, id: TensorId, values: &[f32]) -> TensorId {
    let bytes: Vec<[u8; 4]> = values.iter().map(|value| value.to_le_bytes()).collect();
    let content = Content::from(bytes.into_flattened());
    if users.get(&id).is_none_or(|count| *count <= 1) {
        let buffer = model.set_content(model.main().tensor(id).buffer, content);
        model.main_mut().tensor_mut(id).buffer = buffer;
        return id;
    }
    let mut tensor = model.main().tensor(id).clone();
    tensor.name = FreeNames::of(model.main()).take(&tensor.name);
    tensor.buffer = model.add_content(content);
    model.main_mut().add_tensor(tensor)
}
