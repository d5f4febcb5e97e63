//! Steps 5 and 8: constants become integers, by their own range or by the one that fake quantization left.

use super::Context;
use crate::quantize::coded::{self, FakeQuantized};
use crate::quantize::{channels, constant};
use crate::scheme::setting::{Encoding, Per};
use quant_interp::ops;
use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::{QuantParam, TensorId};
use quant_numeric::affine::Affine;
use quant_numeric::channels::Channels;

/// Step 5: constant activation inputs are quantized by their own range.
///
/// # Errors
/// The table takes no constant there, or an element is one that no scale can hold.
pub fn const_inputs(context: &mut Context<'_>) -> Result<()> {
    for op in 0..context.graph().operators().len() {
        let operator = &context.graph().operators()[op];
        let Some(inputs) = context.rule(op).const_inputs.own(operator.inputs.len()) else {
            let mut inputs = operator.inputs.iter().flatten();
            let Some(id) = inputs.find(|id| context.is_float_const(**id)) else {
                continue;
            };
            return Err(Error::new(
                ops::place(context.graph(), operator),
                Problem::NoRule(format!(
                    "Unsupported Op for const inputs: `{}`",
                    context.tensor(*id).name
                )),
                "keep the operator out of the model, or let the scheme's table take constants there",
            ));
        };
        for input in inputs {
            quantize_constant_input(context, op, input)?;
        }
    }
    Ok(())
}

/// Step 8: filters of convolutions and fully connected layers, and gamma, beta, alpha.
///
/// # Errors
/// A weight that no scale can hold, ranges of another setting, an encoding that cannot be written.
pub fn quantize(context: &mut Context<'_>) -> Result<()> {
    for op in 0..context.graph().operators().len() {
        let (rule, encoding) = (context.rule(op), context.settings[op].weights);
        if let Some(weights) = rule.weights {
            quantize_constant_input(context, op, weights.input)?;
            if let Some(id) = float_const(context, op, weights.filter) {
                filter(context, id, weights.axis, encoding)?;
            }
        }
        for &param in rule.params {
            let Some(id) = float_const(context, op, param) else {
                continue;
            };
            match encoding.granularity {
                Per::Tensor => own_range(context, id, encoding)?,
                Per::Channel | Per::Block(_) => parameter(context, id, encoding)?,
            }
        }
    }
    Ok(())
}

/// Quantizes a constant among an operator's activations by its own range, one scale for all of it. Activations are left
/// alone.
///
/// # Errors
/// An element that no scale can hold.
pub fn quantize_constant_input(context: &mut Context<'_>, op: usize, input: usize) -> Result<()> {
    match float_const(context, op, input) {
        Some(id) => own_range(context, id, context.settings[op].activations),
        None => Ok(()),
    }
}

fn own_range(context: &mut Context<'_>, id: TensorId, encoding: Encoding) -> Result<()> {
    let decisions = context.decisions();
    let (values, ranges) = constant::measured(context.model, id, Channels::one())?;
    let range = |(min, max)| decisions.activation(encoding, min, max);
    let ranges: Vec<Affine> = ranges.into_iter().map(range).collect();
    let coding = coded::coding(&context.tensor(id).name, encoding, Channels::one(), ranges)?;
    let integers = coded::integers(&coding, &values, true);
    context.store(id, encoding.dtype, integers);
    let parameters = coded::parameters(&coding.ranges, 0);
    let old = context.tensor_mut(id).quant.take().unwrap_or_default();
    context.tensor_mut(id).quant = Some(QuantParam {
        // A range for each channel would not go with one scale.
        min: if old.min.len() == 1 { old.min } else { Vec::new() },
        max: if old.max.len() == 1 { old.max } else { Vec::new() },
        ..parameters
    });
    Ok(())
}

/// The float constant at an input; `None` for anything else.
fn float_const(context: &Context<'_>, op: usize, input: usize) -> Option<TensorId> {
    let id = context.graph().operators()[op].input(input)?;
    Some(id).filter(|id| context.is_float_const(*id))
}

/// Quantizes a filter. Fake quantization's parameters are used as they are, without clipping; without them
/// the range is that of the values.
fn filter(context: &mut Context<'_>, id: TensorId, axis: usize, encoding: Encoding) -> Result<()> {
    let decisions = context.decisions();
    let tensor = context.tensor(id);
    let name = tensor.name.clone();
    let channels = channels::of(tensor, axis, encoding.granularity)?;
    let known = match tensor.quant.as_ref().filter(|quant| !quant.scale.is_empty()) {
        Some(quant) => Some(known_ranges(&name, quant, channels.count(), encoding)?),
        None => None,
    };
    let clipped = known.is_none();
    let coding = |ranges| coded::coding(&name, encoding, channels, ranges);
    let known = known.map(coding).transpose()?;
    let done = match (context.model.content(tensor), &known) {
        (Some(content), Some(known)) => FakeQuantized::quantize(content, known),
        _ => None,
    };
    let (integers, coding) = match (done, known) {
        (Some(integers), Some(known)) => (integers, known),
        (_, known) => {
            let (values, ranges) = constant::measured(context.model, id, channels)?;
            let range = |(min, max)| decisions.weights(encoding, min, max);
            let coding = match known {
                Some(known) => known,
                None => coding(ranges.into_iter().map(range).collect())?,
            };
            (coded::integers(&coding, &values, clipped), coding)
        }
    };
    context.store(id, encoding.dtype, integers);
    context.tensor_mut(id).quant = Some(coded::parameters(&coding.ranges, encoding.dimension(axis)));
    Ok(())
}

/// The ranges that fake quantization left, when they are of this setting: as many as channels, and as many
/// steps wide as the type has.
fn known_ranges(name: &str, quant: &QuantParam, count: usize, encoding: Encoding) -> Result<Vec<Affine>> {
    let wrong = |what: String| {
        Error::new(
            Place::tensor("weights", name),
            Problem::Parameters(what),
            "fake-quantize and quantize with the same type, granularity and configuration",
        )
    };
    if [
        quant.scale.len(),
        quant.min.len(),
        quant.max.len(),
        quant.zero_point.len(),
    ] != [count; 4]
    {
        let found = quant.scale.len();
        return Err(wrong(format!(
            "fake quantization left {found} scales, this setting needs {count}"
        )));
    }
    let steps = encoding.steps();
    (0..count)
        .map(|channel| {
            let (min, max, scale) = (quant.min[channel], quant.max[channel], quant.scale[channel]);
            let found = (max - min) / scale;
            if (found - steps).abs() > 1.0 + steps * 1e-3 {
                return Err(wrong(format!(
                    "fake quantization left a range of {found} steps, not {steps}"
                )));
            }
            Ok(Affine {
                scale,
                zero_point: quant.zero_point[channel],
                nudged_min: min,
                nudged_max: max,
            })
        })
        .collect()
}

/// gamma, beta, alpha along the last dimension: each element has a scale of its own.
fn parameter(context: &mut Context<'_>, id: TensorId, encoding: Encoding) -> Result<()> {
    let values = constant::floats(context.model, id)?;
    let tensor = context.tensor(id);
    let channels = tensor.shape.last().copied().unwrap_or(1);
    let place = || Place::tensor("parameter", &tensor.name).numbered(id.0);
    if usize::try_from(channels) != Ok(values.len()) {
        return Err(Error::new(
            place(),
            Problem::NoRule(format!(
                "shape {:?} varies in more than the last dimension",
                tensor.shape
            )),
            "channel-wise parameters have shape [1, …, 1, channels]",
        ));
    }
    let mut quant = QuantParam {
        quantized_dimension: tensor.shape.len().saturating_sub(1) as i32,
        ..QuantParam::default()
    };
    let mut integers = Vec::with_capacity(values.len());
    for value in values {
        let Some(parameter) = context.decisions().parameter(encoding, value) else {
            return Err(Error::new(
                place(),
                Problem::UnsupportedType(format!(
                    "the scheme `{}` has no parameters with a scale for each channel",
                    context.config.scheme.name()
                )),
                "use one scale for the tensor",
            ));
        };
        integers.push(parameter.q);
        quant.scale.push(parameter.scale);
        quant.zero_point.push(parameter.zero_point);
    }
    context.store_ints(id, encoding.dtype, &integers);
    context.tensor_mut(id).quant = Some(quant);
    Ok(())
}
