//! Weights become integers, activations stay float (ONE: `--quantize_weights`).

use quant_case::{Granularity, QuantType};

use crate::error::{Error, Result};
use crate::ir::{DType, Model, QuantParam, TensorId};
use crate::numeric::affine::inv_scale;
use crate::numeric::slice;
use crate::ops;
use crate::quantize::channels::Channels;
use crate::quantize::constant;
use crate::quantize::precheck::{float_model, one_graph};
use crate::quantize::scheme::{INT4_MAX, INT8_MAX, INT16_MAX, storage, symmetric_weights};

/// Quantizes the filters of Conv2D, DepthwiseConv2D and FullyConnected, symmetric and channel-wise, to
/// int4, int8 or int16.
///
/// # Errors
/// Another type, or a weight that is not finite. The model is then unchanged.
pub fn run(model: &mut Model, dtype: QuantType) -> Result<()> {
    let q_max = match dtype {
        QuantType::Int4 => INT4_MAX,
        QuantType::Int8 => INT8_MAX,
        QuantType::Int16 => INT16_MAX,
        QuantType::Uint8 => {
            return Err(Error::invalid(
                "weights-only",
                "uint8 is not symmetric",
                "use int4, int8 or int16",
            ));
        }
    };
    let mut work = model.clone();
    one_graph(&work)?;
    float_model(&work)?;
    constant::separate(&mut work);
    for op in 0..work.main().operators.len() {
        let operator = &work.main().operators[op];
        let rule = ops::find(operator.code.builtin).and_then(|def| def.rule.weights);
        let Some(weights) = rule.filter(|weights| weights.weights_only) else {
            continue;
        };
        let Some(id) = operator.input(weights.filter) else {
            continue;
        };
        let tensor = work.main().tensor(id);
        if tensor.dtype == DType::Float32 && work.is_const(tensor) {
            quantize(&mut work, id, weights.axis, dtype, q_max)?;
        }
    }
    *model = work;
    Ok(())
}

fn quantize(model: &mut Model, id: TensorId, axis: usize, dtype: QuantType, q_max: i32) -> Result<()> {
    let values = constant::floats(model, id)?;
    let channels = Channels::of(model.main().tensor(id), axis, Granularity::Channel)?;
    let ranges: Vec<_> = (0..channels.count())
        .map(|c| symmetric_weights(channels.values(&values, c), q_max))
        .collect();
    let inverses: Vec<f32> = ranges.iter().map(|range| inv_scale(range.scale)).collect();
    let integers: Vec<i64> = values
        .iter()
        .enumerate()
        .map(|(element, &x)| {
            let channel = channels.channel_of(element);
            slice::quantize_symmetric(slice::clip(x, &ranges[channel]), inverses[channel], q_max).into()
        })
        .collect();
    constant::store_ints(model, id, storage(dtype), &integers);
    model.main_mut().tensor_mut(id).quant = Some(QuantParam {
        scale: ranges.iter().map(|range| range.scale).collect(),
        zero_point: vec![0; ranges.len()],
        quantized_dimension: axis as i32,
        ..QuantParam::default()
    });
    Ok(())
}
