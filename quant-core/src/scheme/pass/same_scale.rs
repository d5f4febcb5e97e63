//! By request: activations that an operator of LiteRT takes to have one scale get one range before anything is quantized,
//! so that scale and zero point come out the same by every step after this.

use std::collections::BTreeMap;

use super::Context;
use super::propagate::quantize_constant;
use crate::runtime::litert;
use crate::scheme::rule::{Backward, OutputRange};
use quant_ir::error::Result;
use quant_ir::{Builtin, DType, OpId, QuantParam, TensorId};

/// Gives the activations around each such operator the range of all of them together. Constants have none: what of them
/// matters is in the output. An output whose range is fixed (Logistic, Softmax) or of whole numbers (Floor) keeps it; when
/// that does not hold the others within one of so many `steps`, a Quantize goes between.
pub fn ranges(context: &mut Context<'_>, steps: f32) -> Result<()> {
    let joined: Vec<Vec<TensorId>> = (0..context.graph().operators().len())
        .map(|op| joined(context, op))
        .collect();
    let mut requests = Vec::new();
    for members in classes(context.graph().tensors().len(), &joined) {
        let recorded = members.iter().filter_map(|id| range(context, *id));
        let Some(whole) = recorded.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))) else {
            continue;
        };
        let mut own: Vec<Own> = members
            .iter()
            .map(|id| own(context, context.graph().producer(*id)))
            .collect();
        // Whole numbers that are handed on (Reshape behind Floor) get one scale from the one before.
        let integer = |id: &TensorId| context.output_range(*id) == OutputRange::Integer;
        if own.contains(&Own::Integer) && members.iter().all(integer) {
            own.fill(Own::Recorded);
        }
        let range = common(&own, whole, steps);
        for (id, own) in members.into_iter().zip(own) {
            if own == Own::Recorded {
                set_range(context, id, range.unwrap_or(whole));
            } else if range.is_none() {
                let mut readers = context.graph().readers(id).iter().map(|op| op.0);
                let first = readers.find(|op| joined[*op].binary_search(&id).is_ok());
                requests.extend(first.map(|first| (first, id, whole)));
            }
        }
    }
    requantize(context, &joined, requests)
}

/// Quantizes the constants of such operators with the parameters of the output.
///
/// # Errors
/// An element that no scale can hold.
pub fn constants(context: &mut Context<'_>) -> Result<()> {
    for op in 0..context.graph().operators().len() {
        let Some(&output) = context.graph().operators()[op].outputs.first() else {
            continue;
        };
        if !context.is_quantized_activation(output) {
            continue;
        }
        for id in around(context, op) {
            if context.is_float_const(id) {
                quantize_constant(context, id, output)?;
            }
        }
    }
    Ok(())
}

/// The operands of an operator that need one scale in its type, or get one when parameters travel through it; none when
/// it has free scales.
fn around(context: &Context<'_>, op: usize) -> Vec<TensorId> {
    let dtype = context.settings[op].activations.dtype;
    let operator = &context.graph().operators()[op];
    let rule = context.rule(op);
    match litert::same_scale(operator, dtype) {
        Some(operands) => operands,
        None if rule.backward == Backward::None && rule.forward.is_none() => Vec::new(),
        None => {
            let inputs = operator.inputs.iter().flatten();
            inputs.chain(&operator.outputs).copied().collect()
        }
    }
}

/// The activations that an operator joins, in ascending order; none when there is but one.
fn joined(context: &Context<'_>, op: usize) -> Vec<TensorId> {
    let mut members = around(context, op);
    members.retain(|id| range(context, *id).is_some());
    members.sort_unstable();
    members.dedup();
    if members.len() < 2 {
        members.clear();
    }
    members
}

/// Activations of `tensors` that operators join, directly or through others, the first of each class first.
fn classes(tensors: usize, joined: &[Vec<TensorId>]) -> Vec<Vec<TensorId>> {
    fn root(parents: &mut [usize], mut at: usize) -> usize {
        while parents[at] != at {
            parents[at] = parents[parents[at]];
            at = parents[at];
        }
        at
    }
    let mut parents: Vec<usize> = (0..tensors).collect();
    for members in joined {
        for pair in members.windows(2) {
            let (a, b) = (root(&mut parents, pair[0].0), root(&mut parents, pair[1].0));
            parents[a.max(b)] = a.min(b);
        }
    }
    let mut classes = vec![Vec::new(); tensors];
    for at in 0..tensors {
        classes[root(&mut parents, at)].push(TensorId(at));
    }
    classes.retain(|members| members.len() > 1);
    classes
}

/// The recorded range of a float activation.
fn range(context: &Context<'_>, id: TensorId) -> Option<(f32, f32)> {
    let tensor = context.tensor(id);
    let quant = tensor.quant.as_ref()?;
    let (&[min], &[max]) = (quant.min.as_slice(), quant.max.as_slice()) else {
        return None;
    };
    (tensor.dtype == DType::Float32 && !context.is_const(id)).then_some((min, max))
}

fn set_range(context: &mut Context<'_>, id: TensorId, (min, max): (f32, f32)) {
    if let Some(quant) = &mut context.tensor_mut(id).quant {
        (quant.min, quant.max) = (vec![min], vec![max]);
    }
}

/// What an operator makes of the range of its output.
#[derive(Clone, Copy, PartialEq)]
enum Own {
    /// Nothing: it can have any.
    Recorded,
    /// The scale becomes a whole number.
    Integer,
    /// It is fixed, from the lowest integer to the highest.
    Fixed(f32, f32),
}

fn own(context: &Context<'_>, producer: Option<OpId>) -> Own {
    let Some(OpId(op)) = producer else {
        return Own::Recorded;
    };
    let (output, encoding) = (context.own_range(op), context.settings[op].activations);
    if output == OutputRange::Integer {
        return Own::Integer;
    }
    let Some((scale, zero_point)) = output.fixed(encoding.dtype) else {
        return Own::Recorded;
    };
    let (low, high) = encoding.limits();
    let real = |integer: i64| (integer - zero_point) as f32 * scale;
    Own::Fixed(real(low), real(high))
}

/// The fixed range that all members of a class can have: the only one among them, when it holds the `whole`.
fn common(own: &[Own], whole: (f32, f32), steps: f32) -> Option<(f32, f32)> {
    let mut others = own.iter().filter(|own| **own != Own::Recorded);
    let first = others.next()?;
    let Own::Fixed(min, max) = *first else { return None };
    // A step at either end is within what recording leaves out.
    let step = (max - min) / steps;
    let holds = whole.0 >= min - step && whole.1 <= max + step;
    (holds && others.all(|own| own == first)).then_some((min, max))
}

/// Lets the operators of a class read an activation through a Quantize with the range of the class. Each request is the
/// first of these operators, the activation and the range.
fn requantize(
    context: &mut Context<'_>,
    joined: &[Vec<TensorId>],
    mut requests: Vec<(usize, TensorId, (f32, f32))>,
) -> Result<()> {
    requests.sort_by_key(|(first, ..)| *first);
    let mut requests = requests.into_iter().peekable();
    let mut through: BTreeMap<TensorId, TensorId> = BTreeMap::new();
    let mut operators = joined.iter().enumerate();
    context.rewrite(Vec::new(), |context, mut op, setting| {
        let Some((number, joined)) = operators.next() else {
            return context.push(op, setting).map(drop);
        };
        while let Some((_, id, (min, max))) = requests.next_if(|(first, ..)| *first == number) {
            let quant = QuantParam {
                min: vec![min],
                max: vec![max],
                ..QuantParam::default()
            };
            let made = context.convert(id, Builtin::QUANTIZE, DType::Float32, Some(quant))?;
            through.insert(id, made);
        }
        for input in op.inputs.iter_mut().flatten() {
            if joined.binary_search(input).is_ok()
                && let Some(made) = through.get(input)
            {
                *input = *made;
            }
        }
        context.push(op, setting).map(drop)
    })
}
