//! Stage 1: weights become what they will be after quantization and dequantization.
//!
//! Every float constant filter of the operators that the scheme's table gives weights is replaced by its fake-quantized twin, and the parameters are kept beside it for stage 3. All other operators stay as
//! they are (ONE: `--quantize_dequantize_weights`).

use std::sync::Arc;

use crate::config::Config;
use crate::quantize::coded::{self, FakeQuantized};
use crate::quantize::constant::BufferUses;
use crate::quantize::precheck::{float_model, one_graph};
use crate::quantize::{channels, constant};
use crate::scheme::Decisions;
use crate::scheme::setting::Encoding;
use crate::{fold, profile};
use quant_ir::error::Result;
use quant_ir::{Content, DType, Model, Tensor, TensorId};
use quant_numeric::affine::Affine;

/// Fake-quantizes the weights of the main graph in place; returns how many tensors that are. Earlier quantization
/// parameters are dropped, and weights that are stored in another form are floats first ([`fold`]).
///
/// The new weights are computed when somebody asks for their bytes ([`crate::quantize::coded::FakeQuantized`]); what is done
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

/// Whether weights of a model are fake-quantized: float constants with a scale.
pub fn is_done(model: &Model) -> bool {
    let scaled = |tensor: &Tensor| {
        let quant = tensor.quant.as_ref();
        tensor.dtype == DType::Float32 && quant.is_some_and(|quant| !quant.scale.is_empty())
    };
    let mut tensors = model.main().tensors().iter();
    tensors.any(|tensor| scaled(tensor) && model.is_const(tensor))
}

fn fake_quantize(model: &mut Model, config: &Config) -> Result<usize> {
    let decisions = config.decisions()?;
    one_graph(model)?;
    fold::constants(model)?;
    float_model(model)?;
    let settings = config.settings(model.main())?;
    constant::separate(model)?;
    let mut uses = BufferUses::of(model);
    for tensor in model.main_mut().tensors_mut() {
        tensor.quant = None;
    }
    let mut count = 0;
    for (index, setting) in settings.into_iter().enumerate() {
        let op = &model.main().operators()[index];
        let rule = decisions.table().rule(op.code.builtin);
        let Some(weights) = rule.weights.filter(|_| !setting.weights.is_float()) else {
            continue;
        };
        let Some(id) = op.input(weights.filter) else {
            continue;
        };
        let tensor = model.main().tensor(id);
        if tensor.dtype != DType::Float32 || !model.is_const(tensor) {
            continue;
        }
        filter(model, &mut uses, id, weights.axis, setting.weights, decisions)?;
        count += 1;
    }
    Ok(count)
}

fn filter(
    model: &mut Model,
    uses: &mut BufferUses,
    id: TensorId,
    axis: usize,
    encoding: Encoding,
    decisions: &dyn Decisions,
) -> Result<()> {
    let tensor = model.main().tensor(id);
    let channels = channels::of(tensor, axis, encoding.granularity)?;
    let (floats, ranges) = constant::measured(model, id, channels)?;
    let range = |(min, max)| decisions.weights(encoding, min, max);
    let ranges: Vec<Affine> = ranges.into_iter().map(range).collect();
    let coding = coded::coding(&tensor.name, encoding, channels, ranges)?;
    let source = match model.content(tensor) {
        Some(content @ (Content::Plain(_) | Content::Halves(_))) => content.clone(),
        _ => floats.into_owned().into_flattened().into(),
    };
    let quant = coded::parameters(&coding.ranges, encoding.dimension(axis));
    let fake = Content::Computed(Arc::new(FakeQuantized::new(source, coding)));
    constant::store(model, uses, id, DType::Float32, fake);
    model.main_mut().tensor_mut(id).quant = Some(quant);
    Ok(())
}
