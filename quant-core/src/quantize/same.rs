//! By request: activations that an operator of LiteRT takes to have one scale get one range before anything is quantized,
//! so that scale and zero point come out the same by every step after this.

use super::propagate::quantize_constant;
use super::scheme::limits;
use super::walk::Walk;
use crate::error::Result;
use crate::ir::{Builtin, DType, QuantParam, TensorId};
use crate::ops::rule::{Backward, OutputRange};
use crate::runtime::litert;

/// Gives the activations around each such operator the range of all of them together. Constants have none: what of them
/// matters is in the output. An output whose range is fixed (Logistic, Softmax) keeps it; when that does not hold the
/// others, a Quantize goes between.
pub fn ranges(walk: &mut Walk<'_>) {
    let classes = classes(walk);
    for members in &classes {
        let recorded = members.iter().filter_map(|id| range(walk, *id));
        let Some(whole) = recorded.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))) else {
            continue;
        };
        let fixed: Vec<(TensorId, (f32, f32))> = members
            .iter()
            .filter_map(|id| Some((*id, fixed_range(walk, *id)?)))
            .collect();
        let common = fixed.first().map(|(_, range)| *range);
        let one = fixed.iter().all(|(_, range)| Some(*range) == common);
        // A step at either end is within what recording leaves out.
        let holds = |(min, max): (f32, f32)| {
            whole.0 >= min - (max - min) / 255.0 && whole.1 <= max + (max - min) / 255.0
        };
        let range = common.filter(|range| one && holds(*range));
        if range.is_none() {
            for (id, _) in &fixed {
                requantize(walk, *id, members, whole);
            }
        }
        let range = range.unwrap_or(whole);
        for id in members
            .iter()
            .filter(|id| fixed.iter().all(|(fixed, _)| fixed != *id))
        {
            set_range(walk, *id, range);
        }
    }
}

/// Quantizes the constants of such operators with the parameters of the output.
///
/// # Errors
/// An element that no scale can hold.
pub fn constants(walk: &mut Walk<'_>) -> Result<()> {
    for op in 0..walk.graph().operators.len() {
        let Some(&output) = walk.graph().operators[op].outputs.first() else {
            continue;
        };
        if !walk.is_quantized_activation(output) {
            continue;
        }
        for id in around(walk, op) {
            if walk.is_float_const(id) {
                quantize_constant(walk, id, output)?;
            }
        }
    }
    Ok(())
}

/// The operands of an operator that need one scale in its type, or get one when parameters travel through it; none when
/// it has free scales.
fn around(walk: &Walk<'_>, op: usize) -> Vec<TensorId> {
    let dtype = walk.scheme.storage(walk.settings[op].dtype);
    let operator = &walk.graph().operators[op];
    let rule = walk.rule(op);
    match litert::same_scale(operator, dtype) {
        Some(operands) => operands,
        None if rule.backward == Backward::None && rule.forward.is_none() => Vec::new(),
        None => {
            let inputs = operator.inputs.iter().flatten();
            inputs.chain(&operator.outputs).copied().collect()
        }
    }
}

/// Activations that are joined by such operators, the first of each class first.
fn classes(walk: &Walk<'_>) -> Vec<Vec<TensorId>> {
    fn root(parents: &[usize], mut at: usize) -> usize {
        while parents[at] != at {
            at = parents[at];
        }
        at
    }
    let mut parents: Vec<usize> = (0..walk.graph().tensors.len()).collect();
    for op in 0..walk.graph().operators.len() {
        let mut members = around(walk, op)
            .into_iter()
            .filter(|id| range(walk, *id).is_some());
        let Some(first) = members.next() else { continue };
        for id in members {
            let (a, b) = (root(&parents, first.0), root(&parents, id.0));
            parents[a.max(b)] = a.min(b);
        }
    }
    let mut classes = vec![Vec::new(); parents.len()];
    for at in 0..parents.len() {
        classes[root(&parents, at)].push(TensorId(at));
    }
    classes.retain(|members| members.len() > 1);
    classes
}

/// The recorded range of a float activation.
fn range(walk: &Walk<'_>, id: TensorId) -> Option<(f32, f32)> {
    let tensor = walk.tensor(id);
    let quant = tensor.quant.as_ref()?;
    let (&[min], &[max]) = (quant.min.as_slice(), quant.max.as_slice()) else {
        return None;
    };
    (tensor.dtype == DType::Float32 && !walk.is_const(id)).then_some((min, max))
}

fn set_range(walk: &mut Walk<'_>, id: TensorId, (min, max): (f32, f32)) {
    if let Some(quant) = &mut walk.tensor_mut(id).quant {
        (quant.min, quant.max) = (vec![min], vec![max]);
    }
}

/// The range of an activation whose operator fixes it, from the lowest integer to the highest.
fn fixed_range(walk: &Walk<'_>, id: TensorId) -> Option<(f32, f32)> {
    let op = walk
        .graph()
        .operators
        .iter()
        .position(|op| op.outputs.contains(&id))?;
    let output = walk.own_range(op);
    if output == OutputRange::Recorded {
        return None;
    }
    let dtype = walk.settings[op].dtype;
    let (scale, zero_point) = walk.scheme.fixed_output(output, dtype)?;
    let (low, high) = limits(walk.scheme.storage(dtype));
    let real = |integer: i64| (integer - zero_point) as f32 * scale;
    Some((real(low), real(high)))
}

/// Lets the operators of a class read `id` through a Quantize with the range of the class.
fn requantize(walk: &mut Walk<'_>, id: TensorId, members: &[TensorId], range: (f32, f32)) {
    let reads = |walk: &Walk<'_>, op: usize| {
        let operands = around(walk, op);
        let joined = operands
            .iter()
            .any(|other| *other != id && members.contains(other));
        joined && operands.contains(&id) && walk.graph().operators[op].inputs.contains(&Some(id))
    };
    let Some(first) = (0..walk.graph().operators.len()).find(|op| reads(walk, *op)) else {
        return;
    };
    let name = quant_case::expected::quantize_name(&walk.tensor(id).name);
    let quant = QuantParam {
        min: vec![range.0],
        max: vec![range.1],
        ..QuantParam::default()
    };
    let new = walk.insert_convert(first, id, &name, Builtin::QUANTIZE, DType::Float32, Some(quant));
    for op in first + 1..walk.graph().operators.len() {
        if reads(walk, op) {
            let operator = &mut walk.model.main_mut().operators[op];
            operator
                .inputs
                .iter_mut()
                .filter(|input| **input == Some(id))
                .for_each(|input| *input = Some(new));
        }
    }
}
