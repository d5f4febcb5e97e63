//! Where uint8 meets int16 a Quantize stands between them.

use super::infer;
use crate::scheme::pass::Context;
use quant_interp::ops;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::{Builtin, DType, QuantParam, TensorId};

/// Transpose, FullyConnected without a bias, Mul and BatchMatMul compute in the type of their inputs, int16 when those
/// differ, with a Quantize behind them to the type that their output has.
///
/// # Errors
/// Another operator reads or makes both types.
pub fn insert(walk: &mut Context<'_>) -> Result<()> {
    let mut op = 0;
    while op < walk.graph().operators.len() {
        let operator = &walk.graph().operators[op];
        let inputs: &[usize] = match operator.code.builtin {
            Builtin::QUANTIZE | Builtin::DEQUANTIZE | Builtin::CAST => {
                op += 1;
                continue;
            }
            Builtin::TRANSPOSE => &[0],
            Builtin::FULLY_CONNECTED if operator.input(2).is_none() => &[0],
            Builtin::MUL | Builtin::BATCH_MATMUL => &[0, 1],
            _ => {
                same(walk, op)?;
                op += 1;
                continue;
            }
        };
        op += before(walk, op, inputs);
        op += 1 + behind(walk, op);
    }
    Ok(())
}

/// The uint8 inputs of an operator that reads int16 too become int16; how many operators that takes.
fn before(walk: &mut Context<'_>, op: usize, inputs: &[usize]) -> usize {
    let operator = &walk.graph().operators[op];
    let ids: Vec<TensorId> = inputs.iter().filter_map(|input| operator.input(*input)).collect();
    let dtype = |id: &TensorId| walk.tensor(*id).dtype;
    if !ids.iter().any(|id| dtype(id) == DType::Int16) {
        return 0;
    }
    let narrow: Vec<TensorId> = ids
        .iter()
        .copied()
        .filter(|id| dtype(id) == DType::Uint8)
        .collect();
    let mut inserted = 0;
    for id in narrow {
        let Some(quant) = converted(walk, id, DType::Int16) else {
            continue;
        };
        let name = crate::quantize::constant::quantize_name(&walk.tensor(id).name);
        let to = walk.insert_convert(
            op + inserted,
            id,
            &name,
            Builtin::QUANTIZE,
            DType::Int16,
            Some(quant),
        );
        inserted += 1;
        let reader = &mut walk.model.main_mut().operators[op + inserted];
        for input in reader.inputs.iter_mut().flatten().filter(|input| **input == id) {
            *input = to;
        }
    }
    inserted
}

/// An output of another type than the input is made in the input's, and converted behind; how many operators that
/// takes.
fn behind(walk: &mut Context<'_>, op: usize) -> usize {
    let operator = &walk.graph().operators[op];
    let (Some(input), Some(&output)) = (operator.input(0), operator.outputs.first()) else {
        return 0;
    };
    let (from, to) = (walk.tensor(input).dtype, walk.tensor(output).dtype);
    if from == to || walk.scheme().activations(from).is_none() {
        return 0;
    }
    let Some(quant) = converted(walk, output, from) else {
        return 0;
    };
    let wanted = walk.tensor(output).quant.clone();
    let name = crate::quantize::constant::quantize_name(&walk.tensor(output).name);
    let made = walk.insert_convert(op + 1, output, &name, Builtin::QUANTIZE, to, wanted);
    walk.redirect(op + 2, output, made);
    let tensor = walk.tensor_mut(output);
    tensor.dtype = from;
    tensor.quant = Some(quant);
    1
}

/// The parameters of a quantized tensor's whole range in another type.
fn converted(walk: &Context<'_>, id: TensorId, to: DType) -> Option<QuantParam> {
    let (dtype, scale, zero_point) = infer::of(walk.model, id)?;
    let (low, high) = walk.limits(dtype);
    let end = |q: i64| (q - zero_point) as f32 * scale;
    let to = walk.scheme().activations(to)?;
    let range = walk.scheme().activation(to, end(low), end(high));
    Some(QuantParam {
        scale: vec![range.scale],
        zero_point: vec![range.zero_point],
        ..QuantParam::default()
    })
}

/// The other operators take activations of one type.
fn same(walk: &Context<'_>, op: usize) -> Result<()> {
    let operator = &walk.graph().operators[op];
    let operands = operator.inputs.iter().flatten().chain(&operator.outputs);
    let activations = operands.filter(|id| walk.is_quantized_activation(**id));
    let types: Vec<DType> = activations.map(|id| walk.tensor(*id).dtype).collect();
    match types.split_first() {
        Some((first, others)) if others.iter().any(|other| other != first) => Err(Error::new(
            ops::place(walk.graph(), operator),
            Problem::NoRule("it has activations of uint8 and of int16".into()),
            "let its QuantizeLinear operators have one type",
        )),
        _ => Ok(()),
    }
}
