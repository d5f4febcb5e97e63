//! `QuantizeWeightsInputOutput`: operator by operator, its constants, the activations that it reads and those that it makes.

use quant_ir::error::{Error, Problem, Result};
use quant_ir::{Builtin, DType, Operator, QuantParam, TensorId, place};
use quant_numeric::channels::Channels;

use super::derived;
use super::duplicate_biases::is_wide;
use super::padded;
use super::params;
use super::plan::Plan;
use super::rule::{Kind, Range, Rule};
use super::work::{self, Work};
use crate::quantize::channels;
use crate::scheme::setting::Per;

/// Quantizes all but biases. Between integer and float operators come QUANTIZE and DEQUANTIZE, one for each use.
///
/// # Errors
/// Constants that no scale can hold, ranges that are none, operands without parameters.
pub fn run(work: &mut Work) -> Result<()> {
    if !work.options.compat {
        inputs(work)?;
    }
    let operators = work.graph_mut().take_operators();
    let plans = std::mem::take(&mut work.plans);
    for (mut op, plan) in operators.into_iter().zip(plans) {
        match plan {
            Plan::Integer(rule) => {
                for (at, kind) in rule.operands(&op) {
                    operand(work, &mut op, rule, at, kind)?;
                }
                for at in 0..rule.results(&op) {
                    result(work, &op, rule, at)?;
                }
            }
            Plan::Float(_) => dequantize(work, &mut op)?,
            Plan::Leave => {}
        }
        work.push(op, plan)?;
    }
    Ok(())
}

/// Inputs of the graph that an integer operator reads are integers for float operators before it as well. The original
/// makes them integers when it comes to the former, and leaves the latter with an input of a type that they do not take.
fn inputs(work: &mut Work) -> Result<()> {
    let mut wanted = Vec::new();
    for (op, plan) in work.graph().operators().iter().zip(&work.plans) {
        let Plan::Integer(rule) = plan else { continue };
        let activations = rule
            .operands(op)
            .into_iter()
            .filter(|(_, kind)| *kind == Kind::Value);
        wanted.extend(
            activations
                .filter_map(|(at, _)| op.input(at))
                .filter(|id| work.graph().is_input(*id)),
        );
    }
    for id in wanted {
        if work.tensor(id).dtype == DType::Float32 {
            activation(work, id)?;
        }
    }
    Ok(())
}

/// Quantizes an activation in place, by its own range.
fn activation(work: &mut Work, id: TensorId) -> Result<()> {
    let quant = work.activation(work.range(id)?);
    work.set_type(id, work.activations, quant);
    Ok(())
}

fn operand(work: &mut Work, op: &mut Operator, rule: &Rule, at: usize, kind: Kind) -> Result<()> {
    let Some(id) = op.input(at).filter(|id| work.tensor(*id).dtype == DType::Float32) else {
        return Ok(());
    };
    if work.is_constant(id) {
        return constant(work, op, rule, id, kind);
    }
    match kind {
        Kind::State | Kind::CellState => {
            let (min, max) = work.range(id)?;
            let scale = if kind == Kind::State {
                work::activation(work.options, DType::Int16, (min, max)).scale[0]
            } else {
                params::cell_scale(params::half_range(min, max))
            };
            work.set_type(id, DType::Int16, params::one(scale, 0));
        }
        // A filter that is computed is an activation.
        _ if work.graph().is_input(id) || work.tensor(id).is_variable => activation(work, id)?,
        _ => {
            let quant = work.activation(work.range(id)?);
            let (suffix, dtype) = (work.suffix(), work.activations);
            op.inputs[at] = Some(work.cast(Builtin::QUANTIZE, id, suffix, dtype, Some(quant))?);
        }
    }
    Ok(())
}

fn constant(work: &mut Work, op: &Operator, rule: &Rule, id: TensorId, kind: Kind) -> Result<()> {
    let bounds = |quant: &QuantParam| -> Vec<f32> {
        let both = quant.min.iter().zip(&quant.max);
        both.map(|(min, max)| params::half_range(*min, *max)).collect()
    };
    let halves = work.tensor(id).quant.as_ref().map(bounds).unwrap_or_default();
    let halves = if work.options.compat {
        halves
    } else {
        params::visible(halves)
    };
    let half = halves.first().copied().unwrap_or_default();
    let ((scale, inverse), dtype) = match kind {
        Kind::Filter(axis) if !work.per_tensor(op) => {
            let channels = channels::of(work.tensor(id), axis, Per::Channel)?;
            let (scales, inverses): (Vec<f32>, Vec<f32>) = halves.into_iter().map(params::channel).unzip();
            return work.store_symmetric(id, DType::Int8, channels, &inverses, scales, axis as i32);
        }
        Kind::Value if is_wide(work, rule) && !rule.is_lstm() => {
            (params::wide(half, params::INT16_MAX), DType::Int16)
        }
        Kind::Value | Kind::Filter(_) => (params::tensor(half), DType::Int8),
        Kind::Weights16 => (params::wide(half, params::INT16_MAX), DType::Int16),
        Kind::Weights10 => (params::wide(half, params::TEN_BITS), DType::Int16),
        Kind::GateBias(_) | Kind::ProjectionBias | Kind::SvdfBias => {
            return derived::bias(work, op, id, kind);
        }
        // They take the parameters of the result, in `apply_constraints`.
        Kind::State | Kind::CellState | Kind::Pad => return Ok(()),
    };
    work.store_symmetric(id, dtype, Channels::one(), &[inverse], vec![scale], 0)
}

fn result(work: &mut Work, op: &Operator, rule: &Rule, at: usize) -> Result<()> {
    let id = op.outputs[at];
    if work.tensor(id).dtype != DType::Float32 {
        return Ok(());
    }
    let operand = rule.operands(op).first().and_then(|(first, _)| op.input(*first));
    let operand = operand.and_then(|id| work.tensor(id).quant.as_ref());
    let operand = operand.filter(|quant| quant.scale.len() == 1 && quant.zero_point.len() == 1);
    let quant = match rule.range {
        Range::Fixed(fixed) => fixed.of(work.activations),
        Range::Own => own(work, work.range(id)?, operand),
        Range::Padded if padded::has_own_range(work, op, operand) => work.activation(work.range(id)?),
        Range::Input | Range::Padded => {
            let Some(quant) = operand else {
                let what =
                    "its result takes the parameters of its operand, which are not those of one tensor";
                return Err(Error::new(
                    place(work.graph(), op),
                    Problem::Parameters(what.into()),
                    "give the operand a range, and an own constant",
                ));
            };
            QuantParam {
                min: quant.min.iter().take(1).copied().collect(),
                max: quant.max.iter().take(1).copied().collect(),
                ..params::one(quant.scale[0], quant.zero_point[0])
            }
        }
    };
    work.set_type(id, work.activations, quant);
    Ok(())
}

/// The parameters of a result with a range of its own.
fn own(work: &Work, (min, max): (f32, f32), operand: Option<&QuantParam>) -> QuantParam {
    let lost = !params::activation(work.activations, min, max).scale[0].is_normal();
    match operand.filter(|_| lost && !work.options.compat) {
        // XNNPACK takes no scale that is many times smaller than that of the operand, either.
        Some(quant) => params::one(quant.scale[0], quant.zero_point[0]),
        None => work.activation((min, max)),
    }
}

/// Makes what a float operator reads float again.
fn dequantize(work: &mut Work, op: &mut Operator) -> Result<()> {
    for at in 0..op.inputs.len() {
        let Some(id) = op.input(at) else { continue };
        let tensor = work.tensor(id);
        if tensor.quant.as_ref().is_some_and(|quant| !quant.scale.is_empty()) {
            op.inputs[at] = Some(work.cast(Builtin::DEQUANTIZE, id, "_float", DType::Float32, None)?);
        }
    }
    Ok(())
}

impl Work<'_> {
    /// What is put behind the name of a tensor that has become integers.
    pub fn suffix(&self) -> &'static str {
        suffix(self.activations)
    }
}

/// What is put behind the name of a tensor that has become integers of a type.
pub fn suffix(dtype: DType) -> &'static str {
    if dtype == DType::Int16 { "_int16" } else { "_int8" }
}
