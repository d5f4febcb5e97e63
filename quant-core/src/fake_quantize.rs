//! Stage 1: weights become what they will be after quantization and dequantization.
//!
//! Every float constant filter of Conv2D, DepthwiseConv2D, TransposeConv and FullyConnected is replaced by
//! its fake-quantized twin, and the parameters are kept beside it for stage 3. All other operators stay as
//! they are (ONE: `--quantize_dequantize_weights`).

use std::sync::Arc;

use quant_types::Granularity;

use crate::config::{Config, Setting};
use crate::quantize::coded::FakeQuantized;
use crate::quantize::precheck::{float_model, one_graph};
use crate::quantize::{channels, constant};
use crate::scheme::one::params as scheme;
use crate::scheme::one::rules::rule;
use crate::{fold, profile};
use quant_ir::error::Result;
use quant_ir::{Content, DType, Model, TensorId};
use quant_numeric::coding::Coding;

/// Fake-quantizes the weights of the main graph in place; returns how many tensors that are. Earlier quantization
/// parameters are dropped, and weights that are stored in another form are floats first ([`fold`]).
///
/// The new weights are computed when somebody asks for their bytes ([`quant_ir::FakeQuantized`]); what is done
/// here is to find the ranges of the old ones.
///
/// # Errors
/// Layer settings that do not fit the model, weights that are not finite. The model is then unchanged.
pub fn run(model: &mut Model, config: &Config) -> Result<usize> {
    let mut work = model.clone();
    let mut weights = 0;
    profile::keeping(&mut work, |work| {
        weights = fake_quantize(work, config)?;
        Ok(())
    })?;
    *model = work;
    Ok(weights)
}

fn fake_quantize(model: &mut Model, config: &Config) -> Result<usize> {
    one_graph(model)?;
    fold::constants(model)?;
    float_model(model)?;
    let settings = config.settings(model.main())?;
    constant::separate(model);
    for tensor in &mut model.main_mut().tensors {
        tensor.quant = None;
    }
    let mut count = 0;
    for (index, setting) in settings.into_iter().enumerate() {
        let op = &model.main().operators[index];
        let Some(weights) = rule(op.code.builtin).weights else {
            continue;
        };
        let Some(id) = op.input(weights.filter) else {
            continue;
        };
        let tensor = model.main().tensor(id);
        if tensor.dtype != DType::Float32 || !model.is_const(tensor) {
            continue;
        }
        filter(model, id, weights.axis, setting)?;
        count += 1;
    }
    Ok(count)
}

fn filter(model: &mut Model, id: TensorId, axis: usize, setting: Setting) -> Result<()> {
    let channels = channels::of(model.main().tensor(id), axis, setting.granularity)?;
    let (floats, ranges) = constant::measured(model, id, channels)?;
    let coding = Coding {
        dtype: setting.dtype,
        channels,
        ranges: ranges
            .into_iter()
            .map(|range| scheme::weights(setting.dtype, range))
            .collect(),
    };
    let source = match model.content(model.main().tensor(id)) {
        Some(content @ (Content::Plain(_) | Content::Halves(_))) => content.clone(),
        _ => floats.into_owned().into_flattened().into(),
    };
    let dimension = if setting.granularity == Granularity::Channel {
        axis as i32
    } else {
        0
    };
    let quant = scheme::weight_parameters(&coding.ranges, dimension);
    let fake = Content::Computed(Arc::new(FakeQuantized::new(source, coding)));
    constant::store(model, id, DType::Float32, fake);
    model.main_mut().tensor_mut(id).quant = Some(quant);
    Ok(())
}
