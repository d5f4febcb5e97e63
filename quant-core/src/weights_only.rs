//! Weights become integers, activations stay float (ONE: `--quantize_weights`).

use quant_types::{Granularity, QuantType};

use crate::quantize::precheck::{float_model, one_graph};
use crate::quantize::{channels, coded, constant};
use crate::scheme::one::params as scheme;
use crate::scheme::one::rules::rule;
use crate::{fold, profile};
use quant_ir::error::{Error, Result};
use quant_ir::{DType, Model, QuantParam, TensorId};
use quant_numeric::coding::Coding;

/// Quantizes the filters of Conv2D, DepthwiseConv2D and FullyConnected, symmetric and channel-wise, to
/// int4, int8 or int16; returns how many tensors that are. Weights that are stored in another form are floats first
/// ([`fold`]).
///
/// # Errors
/// Another type, or a weight that is not finite. The model is then unchanged.
pub fn run(model: &mut Model, dtype: QuantType) -> Result<usize> {
    if dtype == QuantType::Uint8 {
        return Err(Error::invalid(
            "weights-only",
            "uint8 is not symmetric",
            "use int4, int8 or int16",
        ));
    }
    let mut work = model.clone();
    let mut count = 0;
    profile::keeping(&mut work, |work| {
        count = filters(work, dtype)?;
        Ok(())
    })?;
    *model = work;
    Ok(count)
}

fn filters(model: &mut Model, dtype: QuantType) -> Result<usize> {
    one_graph(model)?;
    fold::constants(model)?;
    float_model(model)?;
    constant::separate(model);
    let mut count = 0;
    for op in 0..model.main().operators.len() {
        let operator = &model.main().operators[op];
        let rule = rule(operator.code.builtin).weights;
        let Some(weights) = rule.filter(|weights| weights.weights_only) else {
            continue;
        };
        let Some(id) = operator.input(weights.filter) else {
            continue;
        };
        let tensor = model.main().tensor(id);
        if tensor.dtype == DType::Float32 && model.is_const(tensor) {
            quantize(model, id, weights.axis, dtype)?;
            count += 1;
        }
    }
    Ok(count)
}

fn quantize(model: &mut Model, id: TensorId, axis: usize, dtype: QuantType) -> Result<()> {
    let channels = channels::of(model.main().tensor(id), axis, Granularity::Channel)?;
    let (floats, ranges) = constant::measured(model, id, channels)?;
    let ranges = ranges.into_iter().map(|range| scheme::weights(dtype, range));
    let coding = Coding {
        dtype,
        channels,
        ranges: ranges.collect(),
    };
    let integers = coded::integers(&coding, &floats, true);
    constant::store(model, id, scheme::storage(dtype), integers);
    model.main_mut().tensor_mut(id).quant = Some(QuantParam {
        min: Vec::new(),
        max: Vec::new(),
        ..scheme::weight_parameters(&coding.ranges, axis as i32)
    });
    Ok(())
}
