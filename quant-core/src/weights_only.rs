//! Weights become integers, activations stay float (ONE: `--quantize_weights`).

use crate::config::Config;
use crate::quantize::constant::BufferUses;
use crate::quantize::precheck::{float_model, one_graph};
use crate::quantize::{channels, coded, constant};
use crate::{fold, profile};
use quant_ir::error::{Error, Problem, Result};
use quant_ir::{DType, Model, QuantParam, TensorId};
use quant_numeric::affine::Affine;

/// Quantizes the filters of the operators that the scheme's table marks for it (for ONE Conv2D, DepthwiseConv2D and
/// FullyConnected), in the encoding of the configuration's weights, which is symmetric: see [`Config::weights_only`].
/// Returns how many tensors that are. Weights that are stored in another form are floats first ([`fold`]).
///
/// # Errors
/// An encoding with zero points, or one that cannot be written; a weight that is not finite. The model is then unchanged.
pub fn run(model: &mut Model, config: &Config) -> Result<usize> {
    let weights = config.setting.weights;
    if !weights.symmetric {
        return Err(Error::new(
            "weights-only",
            Problem::Option(format!("{} is not symmetric", weights.dtype)),
            "use int4, int8 or int16",
        ));
    }
    let mut work = model.clone();
    let mut count = 0;
    profile::keeping(&mut work, |work| {
        count = filters(work, config)?;
        Ok(())
    })?;
    *model = work;
    Ok(count)
}

fn filters(model: &mut Model, config: &Config) -> Result<usize> {
    let decisions = config.decisions()?;
    one_graph(model)?;
    fold::constants(model)?;
    float_model(model)?;
    constant::separate(model)?;
    let mut uses = BufferUses::of(model);
    let mut count = 0;
    for op in 0..model.main().operators().len() {
        let operator = &model.main().operators()[op];
        let rule = decisions.table().rule(operator.code.builtin);
        let Some(weights) = rule.weights.filter(|weights| weights.weights_only) else {
            continue;
        };
        let Some(id) = operator.input(weights.filter) else {
            continue;
        };
        let tensor = model.main().tensor(id);
        if tensor.dtype == DType::Float32 && model.is_const(tensor) {
            quantize(model, &mut uses, id, weights.axis, config)?;
            count += 1;
        }
    }
    Ok(count)
}

fn quantize(
    model: &mut Model,
    uses: &mut BufferUses,
    id: TensorId,
    axis: usize,
    config: &Config,
) -> Result<()> {
    let (decisions, encoding) = (config.decisions()?, config.setting.weights);
    let tensor = model.main().tensor(id);
    let channels = channels::of(tensor, axis, encoding.granularity)?;
    let (floats, ranges) = constant::measured(model, id, channels)?;
    let range = |(min, max)| decisions.weights(encoding, min, max);
    let ranges: Vec<Affine> = ranges.into_iter().map(range).collect();
    let coding = coded::coding(&tensor.name, encoding, channels, ranges)?;
    let integers = coded::integers(&coding, &floats, true);
    constant::store(model, uses, id, encoding.dtype, integers);
    model.main_mut().tensor_mut(id).quant = Some(QuantParam {
        min: Vec::new(),
        max: Vec::new(),
        ..coded::parameters(&coding.ranges, encoding.dimension(axis))
    });
    Ok(())
}
