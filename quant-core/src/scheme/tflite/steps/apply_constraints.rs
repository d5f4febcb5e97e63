//! `ApplyConstraints`: operands of kernels that take one scale alone get the parameters of the result.

use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::{Builtin, DType, Operator, QuantParam, TensorId};

use super::params;
use super::plan::Plan;
use super::work::Work;

/// Requantizes operands: a constant that no other operator reads in its integers, anything else by a QUANTIZE.
///
/// # Errors
/// An operand or a result without parameters.
pub fn run(work: &mut Work) -> Result<()> {
    let readers: Vec<usize> = work
        .graph()
        .ids()
        .map(|id| work.graph().readers(id).len())
        .collect();
    let operators = work.graph_mut().take_operators();
    let plans = std::mem::take(&mut work.plans);
    for (mut op, plan) in operators.into_iter().zip(plans) {
        if let (Plan::Integer(_), Some(range)) = (plan, resource(work, &op)) {
            let quant = work.activation(range);
            if let Some(id) = op.input(1) {
                constrain(work, &mut op, 1, id, (quant.scale[0], quant.zero_point[0]), true)?;
            }
        }
        if let (Plan::Integer(rule), Some(output)) = (plan, op.outputs.first().copied()) {
            for at in (0..op.inputs.len()).filter(|at| rule.follows(*at)) {
                let Some(id) = op.input(at) else { continue };
                let shared = readers.get(id.0).is_some_and(|count| *count > 1);
                let wanted = parameters(work, output)?;
                constrain(work, &mut op, at, id, wanted, shared)?;
            }
        }
        work.push(op, plan)?;
    }
    Ok(())
}

/// The range of the variable that an operator assigns. What the original assigns has the parameters of whoever made it, and
/// is read with others.
fn resource(work: &Work, op: &Operator) -> Option<(f32, f32)> {
    let assigns = op.code.builtin == Builtin::ASSIGN_VARIABLE && !work.options.compat;
    if assigns {
        work.resources.range(work.number, op)
    } else {
        None
    }
}

fn constrain(
    work: &mut Work,
    op: &mut Operator,
    at: usize,
    id: TensorId,
    (scale, zero_point): (f32, i64),
    shared: bool,
) -> Result<()> {
    let dtype = work.activations;
    if work.is_constant(id) {
        let inverse = params::reciprocal(scale);
        let values = elements(work, id)?;
        let integers: Vec<i64> = values
            .into_iter()
            .map(|x| params::quantized(x, inverse, zero_point, dtype))
            .collect();
        work.store(id, dtype, &integers, params::one(scale, zero_point));
        return Ok(());
    }
    if work.tensor(id).dtype != DType::Float32 {
        let (old, old_zero) = parameters(work, id)?;
        if (old, old_zero) == (scale, zero_point) {
            return Ok(());
        }
        if let (false, Some(integers)) = (shared, integers(work, id)) {
            let inverse = params::reciprocal(scale);
            let again =
                |q: i64| params::quantized(params::value(q, old, old_zero), inverse, zero_point, dtype);
            let integers: Vec<i64> = integers.into_iter().map(again).collect();
            work.store(id, dtype, &integers, params::one(scale, zero_point));
            return Ok(());
        }
    }
    let quant = Some(params::one(scale, zero_point));
    op.inputs[at] = Some(work.cast(Builtin::QUANTIZE, id, "_requantized", dtype, quant)?);
    Ok(())
}

fn parameters(work: &Work, id: TensorId) -> Result<(f32, i64)> {
    let tensor = work.tensor(id);
    let first = |quant: &QuantParam| Some((*quant.scale.first()?, *quant.zero_point.first()?));
    tensor.quant.as_ref().and_then(first).ok_or_else(|| {
        Error::new(
            Place::tensor("tensor", &tensor.name).numbered(id.0),
            Problem::Parameters("it has no scale, and an operator that reads or makes it needs one".into()),
            "record its range",
        )
    })
}

/// The floats of a constant, infinite ones included: they become the lowest or the highest integer.
fn elements(work: &Work, id: TensorId) -> Result<Vec<f32>> {
    let tensor = work.tensor(id);
    let values = work.model.f32_data(tensor);
    values
        .filter(|values| values.iter().all(|x| !x.is_nan()))
        .ok_or_else(|| {
            Error::new(
                Place::tensor("constant", &tensor.name).numbered(id.0),
                Problem::Type("it does not hold numbers of its shape".into()),
                "convert the model again",
            )
        })
}

/// The integers of a constant that is quantized.
fn integers(work: &Work, id: TensorId) -> Option<Vec<i64>> {
    let tensor = work.tensor(id);
    if work.graph().is_input(id) || work.graph().producer(id).is_some() || tensor.is_variable {
        return None;
    }
    let bytes = work.model.data(tensor)?;
    match tensor.dtype {
        DType::Int8 => Some(bytes.iter().map(|q| q.cast_signed().into()).collect()),
        DType::Int16 => {
            let pairs = bytes.as_chunks().0;
            Some(pairs.iter().map(|q| i16::from_le_bytes(*q).into()).collect())
        }
        _ => None,
    }
}
