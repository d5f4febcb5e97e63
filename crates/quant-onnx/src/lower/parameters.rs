//! Scales and zero points of a file as a model has them.

use quant_ir::{DType, QuantParam, Result};
use quant_lower::{Builder, Stored};

use super::dequantized;
use super::state::{Ints, refuse};

/// Scale and zero points of an activation: inputs `scale` and `zero` of a node.
pub(super) fn params(
    builder: &Builder,
    scale: Option<Stored>,
    zero: Option<Stored>,
    unsaid: DType,
) -> Result<(Vec<f32>, Vec<i64>, DType)> {
    let found = params_of_constant(builder, scale, zero, unsaid)?;
    let scales = &found.0;
    if scales.is_empty() || scales.iter().any(|scale| *scale <= 0.0) {
        return refuse(format!("scales {scales:?}"), "scales are above zero");
    }
    Ok(found)
}

/// The same of a constant, whose scales may be of any sign: a block of zeros has 0, and the largest of a block may be the lowest
/// integer.
pub(super) fn params_of_constant(
    builder: &Builder,
    scale: Option<Stored>,
    zero: Option<Stored>,
    unsaid: DType,
) -> Result<(Vec<f32>, Vec<i64>, DType)> {
    let hint = "only scales and zero points that are constants are lowered";
    let Some(scale) = scale else {
        return refuse("no scale", "export the model again");
    };
    let Some(quant_ir::value::Data::F32(scales)) = builder.value(scale.id)?.map(|value| value.data) else {
        return refuse("a scale that is computed when the model runs", hint);
    };
    if scales.iter().any(|scale| !scale.is_finite()) {
        return refuse(format!("scales {scales:?}"), "scales are numbers");
    }
    let (zeros, dtype) = match zero {
        None => (vec![0; scales.len()], unsaid),
        Some(zero) => {
            let dtype = builder.dtype(zero.id);
            let bytes = builder.bytes(zero.id);
            let Some(zeros) =
                bytes.and_then(|bytes| dequantized::integers_of(dtype, &bytes, &builder.shape(zero.id)))
            else {
                return refuse("a zero point that is computed when the model runs", hint);
            };
            (zeros, dtype)
        }
    };
    let zeros = match zeros.as_slice() {
        [one] => vec![*one; scales.len()],
        _ => zeros,
    };
    if zeros.len() != scales.len() {
        return refuse(
            format!("{} scales and {} zero points", scales.len(), zeros.len()),
            "give as many",
        );
    }
    Ok((scales.into(), zeros, dtype))
}

/// Parameters of an activation as a model has them: int8, uint8 or int16, one scale. Those of uint16 are 32768 lower.
pub(super) fn activation(scales: &[f32], zeros: &[i64], dtype: DType) -> Result<Ints> {
    let (&[scale], &[zero]) = (scales, zeros) else {
        return refuse("an activation with a scale for each channel", "give one scale");
    };
    let (dtype, shift) = match dtype {
        DType::Uint8 | DType::Int8 => (dtype, 0),
        DType::Int16 => (DType::Int16, 0),
        DType::Uint16 => (DType::Int16, 32768),
        other => {
            return refuse(
                format!("an activation of {}", other.word()),
                "integers of 8 and 16 bits are lowered",
            );
        }
    };
    let params = QuantParam {
        scale: vec![scale],
        zero_point: vec![zero.saturating_sub(shift)],
        ..QuantParam::default()
    };
    Ok(Ints { params, dtype })
}

/// QUANTIZE and DEQUANTIZE behind a float value, under a name.
pub(super) fn pair(builder: &mut Builder, value: Stored, ints: &Ints, name: &str) -> Result<Stored> {
    let shown = if value.channels_last {
        builder.fresh(&format!("{name}/channels_last"))
    } else {
        name.to_owned()
    };
    let id = builder.pair_of(value.id, ints.dtype, ints.params.clone(), &shown)?;
    if value.channels_last {
        builder.name_first(id, name);
    }
    Ok(Stored {
        id,
        channels_last: value.channels_last,
    })
}
