//! Activation functions fused into other operators.

use quant_schema::ActivationFunctionType as Activation;

use crate::error::{Error, Result};
use crate::value::{Data, Value};

/// The values of an operator with its fused activation applied to the first.
///
/// # Errors
/// As [`apply`].
pub fn fuse(activation: Activation, mut values: Vec<Value>, place: &str) -> Result<Vec<Value>> {
    if let Some(Data::F32(data)) = values.first_mut().map(|value| &mut value.data) {
        apply(activation, data, place)?;
    }
    Ok(values)
}

/// Applies a fused activation in place.
///
/// TensorFlow Lite turns infinities into the largest floats here, even without an activation. They stay infinities
/// in this one: recording then tells an overflow from a range.
///
/// # Errors
/// The function has no float kernel here.
pub fn apply(activation: Activation, values: &mut [f32], place: &str) -> Result<()> {
    let (low, high) = match activation {
        Activation::NONE => return Ok(()),
        Activation::RELU => (0.0, f32::INFINITY),
        Activation::RELU_N1_TO_1 => (-1.0, 1.0),
        Activation::RELU6 => (0.0, 6.0),
        Activation::TANH => {
            values.iter_mut().for_each(|x| *x = x.tanh());
            return Ok(());
        }
        other => {
            return Err(Error::unsupported(
                place,
                format!(
                    "fused activation {} has no kernel",
                    other.variant_name().unwrap_or("of unknown number")
                ),
                "use NONE, RELU, RELU_N1_TO_1, RELU6 or TANH",
            ));
        }
    };
    for x in values {
        // NaN stays NaN.
        if *x < low {
            *x = low;
        } else if *x > high {
            *x = high;
        }
    }
    Ok(())
}
