//! Steps 4 and 7: parameters travel against and along the graph between operators that must agree.

use quant_schema::ActivationFunctionType as Activation;

use super::Context;
use super::activations::set_output;
use super::weights::quantize_constant_input;
use crate::quantize::constant;
use crate::scheme::rule::Backward;
use quant_ir::error::Result;
use quant_ir::{Builtin, TensorId};
use quant_numeric::slice::quantize_with;

/// From outputs to inputs, last operator first: Concatenation, Pack, PadV2, Reshape, … give their inputs
/// their own parameters. An input that others read too keeps its own.
/// Padding of [`crate::scheme::Decisions::lowest`] or less counts as the lowest float.
///
/// # Errors
/// A constant with an element that no scale can hold.
pub fn backward(context: &mut Context<'_>) -> Result<()> {
    let lowest = context.decisions().lowest().unwrap_or(f32::MIN);
    for op in (0..context.graph().operators().len()).rev() {
        let operator = &context.graph().operators()[op];
        let Some(&output) = operator.outputs.first() else {
            continue;
        };
        if !context.is_quantized_activation(output) {
            continue;
        }
        let all = || (0..operator.inputs.len()).collect::<Vec<_>>();
        let inputs = match context.rule(op).backward {
            Backward::None => continue,
            Backward::Concat if operator.options.fused_activation() != Activation::NONE => {
                for input in all() {
                    quantize_constant_input(context, op, input)?;
                }
                continue;
            }
            Backward::Concat | Backward::All => all(),
            Backward::Inputs(inputs) => inputs.to_vec(),
            Backward::PadV2 => {
                if pads_with_lowest(context, op, lowest) {
                    follow_input(context, op, output);
                    continue;
                }
                vec![0, 2]
            }
            Backward::View => {
                view(context, op, output);
                continue;
            }
        };
        for input in inputs {
            take_from_output(context, op, input, output)?;
        }
    }
    Ok(())
}

/// From inputs to outputs, in execution order: Split, Reshape, Gather, … hand on their input's parameters. `others` are
/// operators that do so although the table does not say it, with the input.
pub fn forward(context: &mut Context<'_>, others: &[(Builtin, usize)]) -> Result<()> {
    for op in 0..context.graph().operators().len() {
        if context.graph().operators()[op].code.builtin == Builtin::QUANTIZE {
            derive_again(context, op);
            continue;
        }
        let operator = &context.graph().operators()[op];
        let other = others.iter().find(|(other, _)| *other == operator.code.builtin);
        let from = context.rule(op).forward.or(other.map(|(_, input)| *input));
        let Some(input) = from.and_then(|input| operator.input(input)) else {
            continue;
        };
        let Some(source) = context
            .tensor(input)
            .quant
            .clone()
            .filter(|quant| !quant.scale.is_empty())
        else {
            continue;
        };
        let dtype = context.tensor(input).dtype;
        for output in operator.outputs.clone() {
            if !context.is_quantized_activation(output) || context.tensor(output).dtype != dtype {
                continue;
            }
            if let Some(quant) = &mut context.tensor_mut(output).quant {
                quant.scale.clone_from(&source.scale);
                quant.zero_point.clone_from(&source.zero_point);
                quant.quantized_dimension = source.quantized_dimension;
            }
        }
    }
    Ok(())
}

/// A Quantize between two types behind a fixed or whole-number range has that range in its own type again,
/// whatever the backward pass made of it.
fn derive_again(context: &mut Context<'_>, op: usize) {
    let operator = &context.graph().operators()[op];
    let (Some(input), Some(&output)) = (operator.input(0), operator.outputs.first()) else {
        return;
    };
    let dtype = context.tensor(output).dtype;
    if context.tensor(input).dtype == dtype || !context.is_quantized_activation(output) {
        return;
    }
    let range = context.output_range(input);
    if let Some(quant) = &mut context.tensor_mut(output).quant {
        set_output(quant, range, dtype);
    }
}

/// Gives one input the parameters of the output: a constant is quantized with them, an activation that
/// nobody else reads takes them over.
fn take_from_output(context: &mut Context<'_>, op: usize, input: usize, output: TensorId) -> Result<()> {
    let Some(id) = context.graph().operators()[op].input(input) else {
        return Ok(());
    };
    if context.is_float_const(id) {
        return quantize_constant(context, id, output);
    }
    if context.is_quantized_activation(id) && context.graph().users(id) <= 1 {
        overwrite(context, output, id);
    }
    Ok(())
}

/// Quantizes a constant with the parameters of `like`.
pub fn quantize_constant(context: &mut Context<'_>, id: TensorId, like: TensorId) -> Result<()> {
    let dtype = context.tensor(like).dtype;
    let Some(quant) = context.tensor(like).quant.clone() else {
        return Ok(());
    };
    let (Some(&scale), Some(&zero_point)) = (quant.scale.first(), quant.zero_point.first()) else {
        return Ok(());
    };
    let (low, high) = context.limits(dtype);
    let values: Vec<i64> = constant::floats(context.model, id)?
        .into_iter()
        .map(|x| quantize_with(x, scale, zero_point, low, high))
        .collect();
    context.store_ints(id, dtype, &values);
    context.tensor_mut(id).quant = Some(quant);
    Ok(())
}

fn overwrite(context: &mut Context<'_>, from: TensorId, to: TensorId) {
    let source = context.tensor(from).clone();
    let target = context.tensor_mut(to);
    target.quant = source.quant;
    target.dtype = source.dtype;
}

/// Reshape and Transpose: an input made by an operator with one output, read by nobody else, takes the
/// output's parameters.
fn view(context: &mut Context<'_>, op: usize, output: TensorId) {
    let Some(input) = context.graph().operators()[op].input(0) else {
        return;
    };
    let graph = context.graph();
    let producer = graph.producer(input).map(|producer| graph.operator(producer));
    let one_of_many = producer.is_some_and(|producer| producer.outputs.len() > 1);
    if context.is_quantized_activation(input) && context.graph().users(input) <= 1 && !one_of_many {
        overwrite(context, output, input);
    }
}

/// Whether PadV2 pads with `lowest` or less, the "nothing" of max pooling.
fn pads_with_lowest(context: &Context<'_>, op: usize, lowest: f32) -> bool {
    let Some(id) = context.graph().operators()[op]
        .input(2)
        .filter(|id| context.is_float_const(*id))
    else {
        return false;
    };
    let values = context.model.f32_data(context.tensor(id));
    values.is_some_and(|values| values.first().is_some_and(|value| *value <= lowest))
}

/// PadV2 before max pooling: output and padding take the input's parameters.
fn follow_input(context: &mut Context<'_>, op: usize, output: TensorId) {
    let Some(input) = context.graph().operators()[op].input(0) else {
        return;
    };
    if !context.is_quantized_activation(input) {
        return;
    }
    overwrite(context, input, output);
    let Some(padding) = context.graph().operators()[op].input(2) else {
        return;
    };
    let elements = context.tensor(padding).elements().unwrap_or(1);
    let (low, _) = context.limits(context.tensor(output).dtype);
    let source = context.tensor(output).clone();
    context.store_ints(padding, source.dtype, &vec![low; elements]);
    context.tensor_mut(padding).quant = source.quant;
}
