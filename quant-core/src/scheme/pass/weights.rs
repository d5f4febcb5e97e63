//! Steps 5 and 8: constants become integers, by their own range or by the one that fake quantization left.

use quant_types::{Granularity, QuantType};

use super::context::Walk;
use crate::config::Setting;
use crate::quantize::coded::{self, FakeQuantized};
use crate::quantize::{channels, constant};
use crate::scheme::one::params as scheme;
use crate::scheme::rule::ConstInputs;
use quant_interp::ops;
use quant_ir::error::{Error, Place, Result};
use quant_ir::{DType, QuantParam, TensorId};
use quant_numeric::affine::{Affine, INT16_MAX};
use quant_numeric::channels::Channels;
use quant_numeric::coding::Coding;

/// Step 5: constant activation inputs are quantized by their own range.
pub fn const_inputs(walk: &mut Walk<'_>) -> Result<()> {
    for op in 0..walk.graph().operators.len() {
        let operator = &walk.graph().operators[op];
        let inputs: Vec<usize> = match walk.rule(op).const_inputs {
            ConstInputs::Skip => continue,
            ConstInputs::Own(inputs) => inputs.to_vec(),
            ConstInputs::OwnAll => (0..operator.inputs.len()).collect(),
            ConstInputs::Unsupported => {
                let constant = operator
                    .inputs
                    .iter()
                    .flatten()
                    .find(|id| walk.is_float_const(**id));
                let Some(id) = constant else { continue };
                return Err(Error::unsupported(
                    ops::place(walk.graph(), operator),
                    format!("Unsupported Op for const inputs: `{}`", walk.tensor(*id).name),
                    "keep the operator out of the model, or add a rule in its operator file",
                ));
            }
        };
        for input in inputs {
            quantize_own_range(walk, op, input)?;
        }
    }
    Ok(())
}

/// Step 8: filters of convolutions and fully connected layers, and gamma, beta, alpha.
pub fn quantize(walk: &mut Walk<'_>) -> Result<()> {
    for op in 0..walk.graph().operators.len() {
        let (rule, setting) = (walk.rule(op), walk.settings[op]);
        if let Some(weights) = rule.weights {
            quantize_own_range(walk, op, weights.input)?;
            if let Some(id) = float_const(walk, op, weights.filter) {
                filter(walk, id, weights.axis, setting)?;
            }
        }
        for &param in rule.params {
            match setting.granularity {
                Granularity::Layer => quantize_own_range(walk, op, param)?,
                Granularity::Channel => {
                    if let Some(id) = float_const(walk, op, param) {
                        parameter(walk, id, setting)?;
                    }
                }
            }
        }
    }
    Ok(())
}

/// Quantizes a float constant by its own range, one scale for all of it. Activations are left alone.
pub fn quantize_own_range(walk: &mut Walk<'_>, op: usize, input: usize) -> Result<()> {
    let Some(id) = float_const(walk, op, input) else {
        return Ok(());
    };
    let dtype = walk.settings[op].dtype;
    let (values, ranges) = constant::measured(walk.model, id, Channels::one())?;
    let coding = Coding {
        dtype,
        channels: Channels::one(),
        ranges: ranges
            .into_iter()
            .map(|range| scheme::weights(dtype, range))
            .collect(),
    };
    let integers = coded::integers(&coding, &values, true);
    constant::store(walk.model, id, walk.scheme.storage(dtype), integers);
    let parameters = scheme::weight_parameters(&coding.ranges, 0);
    let old = walk.tensor_mut(id).quant.take().unwrap_or_default();
    walk.tensor_mut(id).quant = Some(QuantParam {
        // A range for each channel would not go with one scale.
        min: if old.min.len() == 1 { old.min } else { Vec::new() },
        max: if old.max.len() == 1 { old.max } else { Vec::new() },
        ..parameters
    });
    Ok(())
}

/// The float constant at an input; `None` for anything else.
fn float_const(walk: &Walk<'_>, op: usize, input: usize) -> Option<TensorId> {
    let id = walk.graph().operators[op].input(input)?;
    Some(id).filter(|id| walk.is_float_const(*id))
}

/// Quantizes a filter. Fake quantization's parameters are used as they are, without clipping; without them
/// the range is that of the values.
fn filter(walk: &mut Walk<'_>, id: TensorId, axis: usize, setting: Setting) -> Result<()> {
    let tensor = walk.tensor(id);
    let channels = channels::of(tensor, axis, setting.granularity)?;
    let known = match tensor.quant.as_ref().filter(|quant| !quant.scale.is_empty()) {
        Some(quant) => Some(known_ranges(&tensor.name, quant, channels.count(), setting)?),
        None => None,
    };
    let clipped = known.is_none();
    let coding = |ranges| Coding {
        dtype: setting.dtype,
        channels,
        ranges,
    };
    let known = known.map(coding);
    let done = match (walk.model.content(tensor), &known) {
        (Some(content), Some(known)) => FakeQuantized::quantize(content, known),
        _ => None,
    };
    let (integers, coding) = match (done, known) {
        (Some(integers), Some(known)) => (integers, known),
        (_, known) => {
            let (values, ranges) = constant::measured(walk.model, id, channels)?;
            let own = ranges
                .into_iter()
                .map(|range| scheme::weights(setting.dtype, range));
            let coding = known.unwrap_or_else(|| coding(own.collect()));
            (coded::integers(&coding, &values, clipped), coding)
        }
    };
    let dimension = if setting.granularity == Granularity::Channel {
        axis as i32
    } else {
        0
    };
    let storage = walk.scheme.storage(setting.dtype);
    constant::store(walk.model, id, storage, integers);
    walk.tensor_mut(id).quant = Some(scheme::weight_parameters(&coding.ranges, dimension));
    Ok(())
}

/// The ranges that fake quantization left, when they are of this setting: as many as channels, and as many
/// steps wide as the type has.
fn known_ranges(name: &str, quant: &QuantParam, count: usize, setting: Setting) -> Result<Vec<Affine>> {
    let wrong = |what: String| {
        Error::invalid(
            Place::tensor("weights", name),
            what,
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
    let steps = if setting.dtype == QuantType::Int16 {
        2.0 * INT16_MAX as f32
    } else {
        255.0
    };
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

/// gamma, beta, alpha along the last dimension: each element is its own scale, with q = 1 (or, in uint8,
/// q = 0 and zero point 1 for a negative one; in int16, q = −1).
fn parameter(walk: &mut Walk<'_>, id: TensorId, setting: Setting) -> Result<()> {
    let values = constant::floats(walk.model, id)?;
    let tensor = walk.tensor(id);
    let channels = tensor.shape.last().copied().unwrap_or(1);
    if usize::try_from(channels) != Ok(values.len()) {
        return Err(Error::unsupported(
            Place::tensor("parameter", &tensor.name),
            format!("shape {:?} varies in more than the last dimension", tensor.shape),
            "channel-wise parameters have shape [1, …, 1, channels]",
        ));
    }
    let symmetric = setting.dtype == QuantType::Int16;
    let mut quant = QuantParam {
        quantized_dimension: tensor.shape.len().saturating_sub(1) as i32,
        ..QuantParam::default()
    };
    let mut integers = Vec::with_capacity(values.len());
    for x in values {
        let (q, zero_point) = match (x < 0.0, symmetric) {
            (false, _) => (1, 0),
            (true, false) => (0, 1),
            (true, true) => (-1, 0),
        };
        integers.push(q);
        quant.scale.push(x.abs());
        quant.zero_point.push(zero_point);
    }
    constant::store_ints(walk.model, id, walk.scheme.storage(setting.dtype), &integers);
    debug_assert_ne!(walk.tensor(id).dtype, DType::Float32);
    walk.tensor_mut(id).quant = Some(quant);
    Ok(())
}
