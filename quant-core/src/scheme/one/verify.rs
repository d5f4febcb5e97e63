//! Step 15: the quantized model is checked against the rules that made it.

mod mixture;
mod unsound;

use crate::scheme::pass::Context;
use crate::scheme::pass::activations::has_output;
use crate::scheme::rule::Weights;
use crate::scheme::setting::Per;
use quant_ir::error::Result;
use quant_ir::{Builtin, DType, Tensor};
use unsound::wrong;

/// Checks types, granularity and bias scales of every operator that a rule covers.
///
/// # Errors
/// `Wrong data type`, `Wrong granularity` or `Wrong bias scale`, with operator and tensor: a defect of this
/// program, or an operator that its rule does not describe.
pub fn check(context: &mut Context<'_>) -> Result<()> {
    let context = &*context;
    for op in 0..context.graph().operators().len() {
        if matches!(
            context.graph().operators()[op].code.builtin,
            Builtin::QUANTIZE | Builtin::DEQUANTIZE
        ) {
            continue;
        }
        mixture::check(context, op)?;
        let rule = context.rule(op);
        if !rule.known {
            continue;
        }
        check_types(context, op)?;
        if let Some(weights) = rule.weights {
            check_weights(context, op, weights)?;
        }
        for &param in rule.params {
            check_parameter(context, op, param)?;
        }
        if let Some(input) = rule.forward {
            check_forward(context, op, input)?;
        }
    }
    Ok(())
}

fn check_types(context: &Context<'_>, op: usize) -> Result<()> {
    let (rule, operator) = (context.rule(op), &context.graph().operators()[op]);
    let wanted = context.settings[op].activations.dtype;
    let inputs = rule.mixed.inputs(operator.inputs.len()).unwrap_or_default();
    let operands = inputs
        .iter()
        .filter_map(|input| operator.input(*input))
        .chain(operator.outputs.iter().copied());
    for id in operands {
        let tensor = context.tensor(id);
        // Integer, index and bool operands have types of their own.
        let real = context.decisions().activations(tensor.dtype).is_some() || tensor.dtype == DType::Float32;
        let quant = tensor.quant.as_ref();
        let bare = quant.is_none_or(|quant| quant.scale.is_empty() && quant.min.is_empty());
        if !real || (tensor.dtype == DType::Float32 && bare) {
            continue;
        }
        if tensor.dtype != wanted {
            return Err(wrong(
                context,
                op,
                "data type",
                tensor,
                &format!("{} instead of {wanted}", tensor.dtype),
            ));
        }
        let lengths = tensor
            .quant
            .as_ref()
            .map(|quant| (quant.scale.len(), quant.zero_point.len()));
        if lengths != Some((1, 1)) {
            return Err(wrong(
                context,
                op,
                "granularity",
                tensor,
                "an activation has one scale and zero point",
            ));
        }
    }
    for &id in &operator.outputs {
        let tensor = context.tensor(id);
        let activation = context.decisions().activations(tensor.dtype).is_some();
        let Some(quant) = tensor.quant.as_ref().filter(|_| activation) else {
            continue;
        };
        if !has_output(quant, context.own_range(op), wanted) {
            return Err(wrong(
                context,
                op,
                "scale",
                tensor,
                "the operator's output has fixed parameters",
            ));
        }
    }
    Ok(())
}

fn check_weights(context: &Context<'_>, op: usize, weights: Weights) -> Result<()> {
    let (operator, setting) = (&context.graph().operators()[op], context.settings[op]);
    let quant = |input: usize| {
        let tensor = context.tensor(operator.input(input)?);
        Some((tensor, tensor.quant.as_ref()?))
    };
    for input in [weights.input, weights.filter] {
        if let (Some(id), None) = (operator.input(input), quant(input)) {
            return Err(wrong(
                context,
                op,
                "data type",
                context.tensor(id),
                "it has no parameters",
            ));
        }
    }
    let (Some((_, input)), Some((filter, filters))) = (quant(weights.input), quant(weights.filter)) else {
        return Ok(());
    };
    let per_channel = setting.weights.granularity == Per::Channel;
    if filter.dtype != setting.weights.dtype {
        return Err(wrong(
            context,
            op,
            "data type",
            filter,
            &format!("{}", filter.dtype),
        ));
    }
    let channels = if per_channel {
        filter.shape.get(weights.axis).copied().unwrap_or(0)
    } else {
        1
    };
    let dimension = setting.weights.dimension(weights.axis);
    let found = (
        filters.scale.len(),
        filters.zero_point.len(),
        filters.quantized_dimension,
    );
    if found != (channels as usize, channels as usize, dimension) {
        return Err(wrong(
            context,
            op,
            "granularity",
            filter,
            &format!("{found:?} (scales, zero points, dimension)"),
        ));
    }
    let Some(bias) = operator.input(weights.bias) else {
        return Ok(());
    };
    let Some((bias, biases)) = quant(weights.bias) else {
        return Err(wrong(
            context,
            op,
            "data type",
            context.tensor(bias),
            "it has no parameters",
        ));
    };
    if bias.dtype != setting.bias.dtype {
        return Err(wrong(context, op, "data type", bias, &format!("{}", bias.dtype)));
    }
    let last = if per_channel {
        bias.shape.len() as i32 - 1
    } else {
        0
    };
    if biases.quantized_dimension != last || biases.scale.len() != filters.scale.len() {
        return Err(wrong(
            context,
            op,
            "granularity",
            bias,
            "it has other channels than the weights",
        ));
    }
    let Some(input_scale) = input.scale.first() else {
        return Ok(());
    };
    for (channel, filter_scale) in filters.scale.iter().enumerate() {
        let found = biases.scale.get(channel).copied().unwrap_or(f32::NAN);
        let off = (found - input_scale * filter_scale).abs();
        if off.is_nan() || off >= f32::EPSILON {
            return Err(wrong(
                context,
                op,
                "bias scale",
                bias,
                &format!("channel {channel} has {found:e}"),
            ));
        }
    }
    Ok(())
}

/// gamma, beta, alpha: of the operator's type, one scale for each channel or one for all.
fn check_parameter(context: &Context<'_>, op: usize, input: usize) -> Result<()> {
    let Some(id) = context.graph().operators()[op].input(input) else {
        return Ok(());
    };
    let (tensor, setting) = (context.tensor(id), context.settings[op]);
    let Some(quant) = tensor
        .quant
        .as_ref()
        .filter(|_| tensor.dtype == setting.weights.dtype)
    else {
        return Err(wrong(
            context,
            op,
            "data type",
            tensor,
            &format!("{}", tensor.dtype),
        ));
    };
    let (count, dimension) = match setting.weights.granularity {
        Per::Tensor => (1, 0),
        Per::Channel | Per::Block(_) => (
            tensor.shape.last().copied().unwrap_or(1),
            tensor.shape.len() as i32 - 1,
        ),
    };
    let lengths = (quant.scale.len(), quant.zero_point.len());
    if lengths != (count as usize, count as usize) || quant.quantized_dimension != dimension.max(0) {
        return Err(wrong(
            context,
            op,
            "granularity",
            tensor,
            &format!("{lengths:?} scales and zero points"),
        ));
    }
    Ok(())
}

/// Split, Reshape, …: the outputs have the parameters of the input, where they have its type.
fn check_forward(context: &Context<'_>, op: usize, input: usize) -> Result<()> {
    let operator = &context.graph().operators()[op];
    let Some(input) = operator
        .input(input)
        .filter(|id| context.is_quantized_activation(*id))
    else {
        return Ok(());
    };
    let parameters = |tensor: &Tensor| tensor.quant.clone().map(|quant| (quant.scale, quant.zero_point));
    for &output in &operator.outputs {
        let (from, to) = (context.tensor(input), context.tensor(output));
        if from.dtype == to.dtype
            && context.is_quantized_activation(output)
            && parameters(from) != parameters(to)
        {
            return Err(wrong(
                context,
                op,
                "scale",
                to,
                "it is not that of the operator's input",
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
