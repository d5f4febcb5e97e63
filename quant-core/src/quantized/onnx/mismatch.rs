//! Where uint8 meets int16 a Quantize stands between them.

use super::infer;
use crate::scheme::pass::Context;
use quant_interp::ops;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::{Builtin, DType, Operator, QuantParam, TensorId};

/// Transpose, FullyConnected without a bias, Mul and BatchMatMul compute in the type of their inputs, int16 when those
/// differ, with a Quantize behind them to the type that their output has.
///
/// # Errors
/// Another operator reads or makes both types.
pub fn insert(context: &mut Context<'_>) -> Result<()> {
    context.rewrite(Vec::new(), |context, mut op, setting| {
        let inputs: &[usize] = match op.code.builtin {
            Builtin::QUANTIZE | Builtin::DEQUANTIZE | Builtin::CAST => {
                return context.push(op, setting).map(drop);
            }
            Builtin::TRANSPOSE => &[0],
            Builtin::FULLY_CONNECTED if op.input(2).is_none() => &[0],
            Builtin::MUL | Builtin::BATCH_MATMUL => &[0, 1],
            _ => {
                same(context, &op)?;
                return context.push(op, setting).map(drop);
            }
        };
        before(context, &mut op, inputs)?;
        let (input, output) = (op.input(0), op.outputs.first().copied());
        context.push(op, setting)?;
        match (input, output) {
            (Some(input), Some(output)) => behind(context, input, output),
            _ => Ok(()),
        }
    })
}

/// The uint8 inputs of an operator that reads int16 too become int16.
fn before(context: &mut Context<'_>, op: &mut Operator, inputs: &[usize]) -> Result<()> {
    let ids: Vec<TensorId> = inputs.iter().filter_map(|input| op.input(*input)).collect();
    let dtype = |id: &TensorId| context.tensor(*id).dtype;
    if !ids.iter().any(|id| dtype(id) == DType::Int16) {
        return Ok(());
    }
    let narrow: Vec<TensorId> = ids.into_iter().filter(|id| dtype(id) == DType::Uint8).collect();
    for id in narrow {
        let Some(quant) = converted(context, id, DType::Int16) else {
            continue;
        };
        let to = context.convert(id, Builtin::QUANTIZE, DType::Int16, Some(quant))?;
        let read = op.inputs.iter_mut().flatten();
        read.filter(|input| **input == id).for_each(|input| *input = to);
    }
    Ok(())
}

/// An output of another type than the input is made in the input's, and converted behind.
fn behind(context: &mut Context<'_>, input: TensorId, output: TensorId) -> Result<()> {
    let (from, to) = (context.tensor(input).dtype, context.tensor(output).dtype);
    if from == to || context.decisions().activations(from).is_none() {
        return Ok(());
    }
    let Some(quant) = converted(context, output, from) else {
        return Ok(());
    };
    let wanted = context.tensor(output).quant.clone();
    let made = context.convert(output, Builtin::QUANTIZE, to, wanted)?;
    context.redirect(output, made);
    let tensor = context.tensor_mut(output);
    tensor.dtype = from;
    tensor.quant = Some(quant);
    Ok(())
}

/// The parameters of a quantized tensor's whole range in another type.
fn converted(context: &Context<'_>, id: TensorId, to: DType) -> Option<QuantParam> {
    let (dtype, scale, zero_point) = infer::of(context.model, id)?;
    let (low, high) = context.limits(dtype);
    let end = |q: i64| (q - zero_point) as f32 * scale;
    let to = context.decisions().activations(to)?;
    let range = context.decisions().activation(to, end(low), end(high));
    Some(QuantParam {
        scale: vec![range.scale],
        zero_point: vec![range.zero_point],
        ..QuantParam::default()
    })
}

/// The other operators take activations of one type.
fn same(context: &Context<'_>, operator: &Operator) -> Result<()> {
    let operands = operator.inputs.iter().flatten().chain(&operator.outputs);
    let activations = operands.filter(|id| context.is_quantized_activation(**id));
    let types: Vec<DType> = activations.map(|id| context.tensor(*id).dtype).collect();
    match types.split_first() {
        Some((first, others)) if others.iter().any(|other| other != first) => Err(Error::new(
            ops::place(context.graph(), operator).numbered(context.graph().operators().len()),
            Problem::NoRule("it has activations of uint8 and of int16".into()),
            "let its QuantizeLinear operators have one type",
        )),
        _ => Ok(()),
    }
}
