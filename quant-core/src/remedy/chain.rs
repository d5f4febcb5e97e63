//! Pairs of layers between which channels can be scaled: nothing else reads them, and whatever stands between commutes with
//! a positive factor for each channel.

use quant_ir::{Builtin, Model, OpId, TensorId};
use quant_schema::{ActivationFunctionType as Activation, BuiltinOptionsT as O};

use super::layer::Layer;
use super::layer::size;

/// Two layers, the second of which alone reads the first.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The place of the first among the layers.
    pub first: usize,
    /// The place of the second.
    pub second: usize,
    /// The operators between them.
    pub between: Vec<OpId>,
    /// Those among first and between that compute RELU6.
    pub bounded: Vec<OpId>,
}

/// All such pairs of a model, in its order.
pub fn pairs(model: &Model, layers: &[Layer]) -> Vec<Pair> {
    (0..layers.len())
        .filter_map(|first| behind(model, layers, first))
        .collect()
}

/// The pair of a layer and the one that reads it.
fn behind(model: &Model, layers: &[Layer], first: usize) -> Option<Pair> {
    let graph = model.main();
    let layer = &layers[first];
    let channels = layer.outputs();
    let mut pair = Pair {
        first,
        second: 0,
        between: Vec::new(),
        bounded: Vec::new(),
    };
    let operator = graph.operator(layer.op);
    match operator.options.fused_activation() {
        Activation::NONE | Activation::RELU => {}
        Activation::RELU6 => pair.bounded.push(layer.op),
        _ => return None,
    }
    let mut made = operator.outputs[0];
    // Whether the last dimension is no longer the channels, but rows of them.
    let mut flat = last(model, made) != channels;
    if flat {
        return None;
    }
    loop {
        if graph.users(made) != 1 || graph.is_output(made) {
            return None;
        }
        let reader = *graph.readers(made).first()?;
        let operator = graph.operator(reader);
        if let Ok(second) = layers.binary_search_by_key(&reader, |layer| layer.op) {
            let layer = &layers[second];
            let data = operator.input(layer.data()) == Some(made);
            pair.second = second;
            return (data && layer.reads(channels, flat)).then_some(pair);
        }
        let passes = operator.input(0) == Some(made)
            && operator.outputs.len() == 1
            && passes(model, reader, &mut pair.bounded, flat);
        if !passes {
            return None;
        }
        made = operator.outputs[0];
        if matches!(
            operator.code.builtin,
            Builtin::RESHAPE | Builtin::SQUEEZE | Builtin::EXPAND_DIMS
        ) {
            let now = last(model, made);
            if !now.is_multiple_of(channels) || now == 0 {
                return None;
            }
            flat = now != channels;
        }
        pair.between.push(reader);
    }
}

fn last(model: &Model, id: TensorId) -> usize {
    model.main().tensor(id).shape.last().map_or(0, |d| size(*d))
}

/// Whether an operator makes of a channel times a positive number its own result times that number.
fn passes(model: &Model, op: OpId, bounded: &mut Vec<OpId>, flat: bool) -> bool {
    let graph = model.main();
    let operator = graph.operator(op);
    let rank = |at: usize| operator.input(at).map_or(0, |id| graph.tensor(id).shape.len());
    match operator.code.builtin {
        Builtin::RELU | Builtin::LEAKY_RELU | Builtin::RESHAPE | Builtin::SQUEEZE | Builtin::EXPAND_DIMS => {
            true
        }
        Builtin::RELU6 => {
            bounded.push(op);
            true
        }
        Builtin::AVERAGE_POOL_2D | Builtin::MAX_POOL_2D => {
            let plain = matches!(
                operator.options.fused_activation(),
                Activation::NONE | Activation::RELU
            );
            plain && !flat && matches!(operator.options.builtin(), O::Pool2DOptions(_))
        }
        Builtin::MEAN => {
            let axes = operator.input(1).and_then(|id| integers(model, id));
            let channel = i32::try_from(rank(0)).unwrap_or(0) - 1;
            let apart = |axis: &i32| *axis != channel && *axis != -1;
            !flat && axes.is_some_and(|axes| axes.iter().all(apart))
        }
        // Zeros stay zeros.
        Builtin::PAD => {
            let sizes = operator.input(1).and_then(|id| integers(model, id));
            let ends = |sizes: &Vec<i32>| sizes.len() == 2 * rank(0) && sizes.ends_with(&[0, 0]);
            !flat && sizes.as_ref().is_some_and(ends)
        }
        _ => false,
    }
}

fn integers(model: &Model, id: TensorId) -> Option<Vec<i32>> {
    let tensor = model.main().tensor(id);
    let value = quant_interp::constant(model, tensor).ok()??;
    let all = value.to_i64()?;
    all.into_iter().map(|x| i32::try_from(x).ok()).collect()
}
