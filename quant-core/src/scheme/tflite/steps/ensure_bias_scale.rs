//! `EnsureBiasScaleCompatibility`: a filter whose scale is too small for the bias to fit 32 bits gets a wider range.

use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::{OpId, TensorId};

use super::params;
use super::work::Work;

/// Widens ranges of filters.
///
/// # Errors
/// A bias of another number of elements than the filter has channels; with `compat` one that is no vector.
pub fn run(work: &mut Work) -> Result<()> {
    for index in 0..work.plans.len() {
        let Some(rule) = work.plans[index].rule() else {
            continue;
        };
        let op = work.graph().operator(OpId(index));
        let (Some((input, filter, _)), Some(bias)) = (rule.weights(), rule.bias) else {
            continue;
        };
        if let (Some(input), Some(filter), Some(bias)) = (op.input(input), op.input(filter), op.input(bias)) {
            widen(work, input, filter, bias)?;
        }
    }
    Ok(())
}

fn widen(work: &mut Work, input: TensorId, filter: TensorId, bias: TensorId) -> Result<()> {
    vector(work, bias)?;
    let input = work.activation(work.range(input)?).scale[0];
    let bias = work.floats(bias).map(|values| (bias, values))?;
    let Some(mut quant) = work.tensor(filter).quant.clone() else {
        return Ok(());
    };
    let (bias, values) = bias;
    let channels = quant.max.len();
    if channels > 1 && channels != values.len() {
        return Err(wrong_length(work, bias, channels));
    }
    let mut widened = false;
    for (channel, (min, max)) in quant.min.iter_mut().zip(&mut quant.max).enumerate() {
        let half = params::half_range(*min, *max);
        let wanted = if channels > 1 {
            params::enlarged_channel(half, input, values[channel])
        } else {
            let largest = values.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
            params::enlarged_tensor(half, input, largest)
        };
        // An input of zeros has the scale 0, and no filter makes anything of it.
        let Some(wanted) = wanted.filter(|wanted| wanted.is_finite()) else {
            continue;
        };
        (*min, *max) = (-wanted, wanted);
        widened = true;
    }
    if widened {
        work.set_quant(filter, quant);
    }
    Ok(())
}

fn vector(work: &Work, bias: TensorId) -> Result<()> {
    let tensor = work.tensor(bias);
    if tensor.shape.len() == 1 || !work.options.compat {
        return Ok(());
    }
    Err(Error::new(
        Place::tensor("bias", &tensor.name).numbered(bias.0),
        Problem::Shape("Expected bias tensor to be a vector.".into()),
        "give the bias the shape [channels]",
    ))
}

/// A bias that does not fit the channels.
pub fn wrong_length(work: &Work, bias: TensorId, channels: usize) -> Error {
    let tensor = work.tensor(bias);
    let found = tensor
        .shape
        .iter()
        .map(|d| usize::try_from(*d).unwrap_or_default())
        .collect();
    Error::new(
        Place::tensor("bias", &tensor.name).numbered(bias.0),
        Problem::BiasShape { found, channels },
        "give the bias one element for each output channel",
    )
}
