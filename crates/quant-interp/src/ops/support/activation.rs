//! Activation functions fused into other operators.

use quant_schema::ActivationFunctionType as Activation;

use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::value::{Data, Value};

/// The values of an operator with its fused activation applied to the first.
///
/// # Errors
/// As [`apply`].
pub fn fuse(activation: Activation, mut values: Vec<Value>, place: &Place) -> Result<Vec<Value>> {
    match values.first_mut().map(|value| &mut value.data) {
        Some(Data::F32(data)) => apply(activation, data, place)?,
        Some(Data::I32(data)) => {
            let (low, high) = range(activation).ok_or_else(|| unknown(activation, place))?;
            // A bound beyond the type becomes the type's.
            let (low, high) = (low as i32, high as i32);
            data.iter_mut().for_each(|x| *x = (*x).clamp(low, high));
        }
        Some(Data::I64(data)) => {
            let (low, high) = range(activation).ok_or_else(|| unknown(activation, place))?;
            let (low, high) = (low as i64, high as i64);
            data.iter_mut().for_each(|x| *x = (*x).clamp(low, high));
        }
        _ => {}
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
pub fn apply(activation: Activation, values: &mut [f32], place: &Place) -> Result<()> {
    if activation == Activation::TANH {
        values.iter_mut().for_each(|x| *x = x.tanh());
        return Ok(());
    }
    let (low, high) = range(activation).ok_or_else(|| unknown(activation, place))?;
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

/// The values that the function keeps; `None` when it does more than clamp.
pub fn range(activation: Activation) -> Option<(f32, f32)> {
    Some(match activation {
        Activation::NONE => (f32::NEG_INFINITY, f32::INFINITY),
        Activation::RELU => (0.0, f32::INFINITY),
        Activation::RELU_N1_TO_1 => (-1.0, 1.0),
        Activation::RELU6 => (0.0, 6.0),
        _ => return None,
    })
}

fn unknown(activation: Activation, place: &Place) -> Error {
    Error::new(
        place,
        Problem::NoKernel(format!(
            "fused activation {} has no kernel",
            activation.variant_name().unwrap_or("of unknown number")
        )),
        "use NONE, RELU, RELU_N1_TO_1, RELU6, or TANH of floats",
    )
}
