//! Stage 1: weights become what they will be after quantization and dequantization.
//!
//! Every float constant filter of Conv2D, DepthwiseConv2D, TransposeConv and FullyConnected is replaced by
//! its fake-quantized twin, and the parameters are kept beside it for stage 3. All other operators stay as
//! they are (ONE: `--quantize_dequantize_weights`).

use quant_case::{Granularity, QuantType};

use crate::config::{Config, Setting};
use crate::error::Result;
use crate::ir::{DType, Model, QuantParam, TensorId};
use crate::numeric::affine::inv_scale;
use crate::numeric::slice::{self, dequantize_symmetric, dequantize_u8};
use crate::ops;
use crate::quantize::channels::Channels;
use crate::quantize::constant;
use crate::quantize::precheck::{float_model, one_graph};
use crate::quantize::scheme::{INT16_MAX, asymmetric_weights, symmetric_weights};

/// Fake-quantizes the weights of the main graph in place. Earlier quantization parameters are dropped.
///
/// # Errors
/// Layer settings that do not fit the model, weights that are not finite.
pub fn run(model: &mut Model, config: &Config) -> Result<()> {
    one_graph(model)?;
    float_model(model)?;
    let settings = config.settings(model.main())?;
    constant::separate(model);
    for tensor in &mut model.main_mut().tensors {
        tensor.quant = None;
    }
    for (index, setting) in settings.into_iter().enumerate() {
        let op = &model.main().operators[index];
        let Some(weights) = ops::find(op.code.builtin).and_then(|def| def.rule.weights) else {
            continue;
        };
        let Some(id) = op.input(weights.filter) else {
            continue;
        };
        let tensor = model.main().tensor(id);
        if tensor.dtype != DType::Float32 || !model.is_const(tensor) {
            continue;
        }
        fake_quantize(model, id, weights.axis, setting)?;
    }
    Ok(())
}

fn fake_quantize(model: &mut Model, id: TensorId, axis: usize, setting: Setting) -> Result<()> {
    let mut values = constant::floats(model, id)?;
    let channels = Channels::of(model.main().tensor(id), axis, setting.granularity)?;
    let mut quant = QuantParam {
        quantized_dimension: if setting.granularity == Granularity::Channel {
            axis as i32
        } else {
            0
        },
        ..QuantParam::default()
    };
    for channel in 0..channels.count() {
        let range = match setting.dtype {
            QuantType::Int16 => symmetric_weights(channels.values(&values, channel), INT16_MAX),
            _ => asymmetric_weights(channels.values(&values, channel)),
        };
        let inv = inv_scale(range.scale);
        channels.update(&mut values, channel, |x| {
            let x = slice::clip(x, &range);
            if setting.dtype == QuantType::Int16 {
                dequantize_symmetric(slice::quantize_symmetric(x, inv, INT16_MAX), range.scale)
            } else {
                dequantize_u8(
                    slice::quantize_u8(x, range.nudged_min, inv),
                    range.scale,
                    range.nudged_min,
                )
            }
        });
        quant.min.push(range.nudged_min);
        quant.max.push(range.nudged_max);
        quant.scale.push(range.scale);
        quant.zero_point.push(range.zero_point);
    }
    constant::store_f32(model, id, &values);
    model.main_mut().tensor_mut(id).quant = Some(quant);
    Ok(())
}
