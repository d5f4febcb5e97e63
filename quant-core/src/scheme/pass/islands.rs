//! Operators that stay float among integers: those whose setting says so, which no rule covers or somebody asked for.
//!
//! What they read passes a Dequantize, and what integer operators read of theirs a Quantize with the range that was
//! recorded of it. Between two of them values stay float.

use std::collections::{BTreeMap, BTreeSet};

use super::Context;
use super::rewrite::conversion;
use crate::quantize::unruled::is_asked;
use crate::scheme::setting::Setting;
use crate::scheme::{Kept, Why};
use quant_ir::error::Result;
use quant_ir::{Builtin, DType, QuantParam, TensorId};

/// The operators that stay float although they read or make float activations, and why.
pub fn kept(context: &Context<'_>) -> Vec<Kept> {
    let graph = context.graph();
    let float = (0..graph.operators().len()).filter(|op| context.stays_float(*op));
    let kept = float.filter_map(|op| {
        let operator = &graph.operators()[op];
        let mut operands = operator.inputs.iter().flatten().chain(&operator.outputs);
        operands.find(|id| is_activation(context, **id))?;
        let known = context.decisions().table().rule(operator.code.builtin).known;
        let asked = known || is_asked(graph, operator, context.decisions());
        Some(Kept {
            graph: 0,
            operator: op,
            kind: operator
                .code
                .custom
                .clone()
                .unwrap_or_else(|| operator.code.builtin.to_string()),
            output: operator
                .outputs
                .first()
                .map_or_else(String::new, |id| graph.tensor(*id).name.clone()),
            why: if asked { Why::Asked } else { Why::NoRule },
        })
    });
    kept.collect()
}

fn is_activation(context: &Context<'_>, id: TensorId) -> bool {
    context.tensor(id).dtype == DType::Float32 && !context.is_const(id)
}

/// Whether a float activation is one of operators that stay float: they make it, or keep it as their state.
pub(super) fn is_float(context: &Context<'_>, id: TensorId) -> bool {
    let graph = context.graph();
    if let Some(producer) = graph.producer(id) {
        return context.stays_float(producer.0);
    }
    let mut readers = graph.readers(id).iter();
    graph.keeps_state(id) && readers.all(|reader| context.stays_float(reader.0))
}

/// Puts Dequantize and Quantize around such operators, all of them float until activations become integers.
pub fn insert(context: &mut Context<'_>) -> Result<()> {
    let graph = context.graph();
    if !(0..graph.operators().len()).any(|op| context.stays_float(op)) {
        return Ok(());
    }
    let float: BTreeSet<TensorId> = graph.ids().filter(|id| is_float(context, *id)).collect();
    let integers = |id: &TensorId| {
        let mut readers = graph.readers(*id).iter();
        graph.is_output(*id) || readers.any(|reader| !context.stays_float(reader.0))
    };
    let quantized: BTreeSet<TensorId> = float
        .iter()
        .copied()
        .filter(|id| is_activation(context, *id) && integers(id))
        .collect();
    // What such operators read in the place of a tensor.
    let mut read_as: BTreeMap<TensorId, TensorId> = BTreeMap::new();
    context.rewrite(Vec::new(), |context, mut op, setting| {
        if !setting.activations.is_float() {
            return context.push(op, setting).map(drop);
        }
        for input in op.inputs.iter_mut().flatten() {
            if let Some(known) = read_as.get(input) {
                *input = *known;
            } else if is_activation(context, *input) && !float.contains(input) {
                let floats = context.converted(*input, Builtin::DEQUANTIZE, DType::Float32, None);
                context.push(conversion(Builtin::DEQUANTIZE, *input, floats), Setting::FLOAT32)?;
                read_as.insert(*input, floats);
                *input = floats;
            }
        }
        let outputs = op.outputs.clone();
        context.push(op, setting)?;
        for id in outputs.into_iter().filter(|id| quantized.contains(id)) {
            let range = context.tensor(id).quant.clone().map(|quant| QuantParam {
                min: quant.min,
                max: quant.max,
                ..QuantParam::default()
            });
            let made = context.convert(id, Builtin::QUANTIZE, DType::Float32, range)?;
            context.redirect(id, made);
            read_as.insert(made, id);
        }
        Ok(())
    })
}

/// Lets whoever reads integers through a Dequantize read the floats that they were made of, at the interface of the model
/// and between two operators that stay float.
pub fn join(context: &mut Context<'_>) -> Result<()> {
    if !(0..context.graph().operators().len()).any(|op| context.stays_float(op)) {
        return Ok(());
    }
    context.rewrite(Vec::new(), |context, op, setting| {
        let made_of = || {
            let integers = op.input(0).filter(|_| op.code.builtin == Builtin::DEQUANTIZE)?;
            let producer = context.graph().producer(integers)?;
            let quantize = context.graph().operator(producer);
            let floats = quantize
                .input(0)
                .filter(|_| quantize.code.builtin == Builtin::QUANTIZE)?;
            (context.tensor(floats).dtype == DType::Float32).then_some(floats)
        };
        match (made_of(), op.outputs.first()) {
            (Some(floats), Some(to)) => {
                context.redirect(*to, floats);
                Ok(())
            }
            _ => context.push(op, setting).map(drop),
        }
    })
}
