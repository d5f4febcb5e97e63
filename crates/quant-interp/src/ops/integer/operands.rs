//! Operands of integer kernels: their integers, widened, and their scale and zero point.

use super::profile::Profile;
use crate::ops::Call;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::{Data, Value};
use quant_ir::{DType, QuantParam, TensorId};
use quant_numeric::round::{half_away_f32, half_even_f32};
use quant_schema::{ActivationFunctionType as Activation, TensorType};

/// One scale and zero point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Side {
    pub scale: f32,
    pub zero: i32,
    pub dtype: DType,
}

impl Side {
    /// Lowest and highest integer of the type.
    pub fn limits(self) -> (i32, i32) {
        match self.dtype {
            DType::Uint8 => (0, 255),
            DType::Int16 => (-32768, 32767),
            DType::Int32 => (i32::MIN, i32::MAX),
            _ => (-128, 127),
        }
    }

    /// The integer of a real number: Q(x) of TensorFlow Lite's `CalculateActivationRangeQuantized`.
    pub fn of(self, x: f32) -> i32 {
        self.zero.saturating_add(half_away_f32(x / self.scale) as i32)
    }

    /// Lowest and highest integer that a fused activation leaves.
    pub fn activation(self, call: &Call<'_>, function: Activation) -> Result<(i32, i32)> {
        let (low, high) = self.limits();
        Ok(match function {
            Activation::NONE => (low, high),
            Activation::RELU => (low.max(self.of(0.0)), high),
            Activation::RELU6 => (low.max(self.of(0.0)), high.min(self.of(6.0))),
            Activation::RELU_N1_TO_1 => (low.max(self.of(-1.0)), high.min(self.of(1.0))),
            other => {
                return Err(Error::new(
                    call.place(),
                    Problem::NoKernel(format!("{other:?} cannot be fused into integers")),
                    "keep the activation as an operator of its own",
                ));
            }
        })
    }

    /// The same as a profile rounds them: XNNPACK adds the zero point first, and halves go to even; onnxruntime adds it last.
    pub fn activation_of(
        self,
        call: &Call<'_>,
        function: Activation,
        profile: Profile,
    ) -> Result<(i32, i32)> {
        let (low, high) = self.activation(call, function)?;
        if !profile.is_even() {
            return Ok((low, high));
        }
        let (lowest, highest) = self.limits();
        let of = |x: f32| {
            if profile == Profile::Onnxruntime {
                return (half_even_f32(x / self.scale) as i32)
                    .saturating_add(self.zero)
                    .clamp(lowest, highest);
            }
            let steps = x / self.scale + self.zero as f32;
            half_even_f32(steps.clamp(lowest as f32, highest as f32)) as i32
        };
        Ok(match function {
            Activation::RELU => (of(0.0), highest),
            Activation::RELU6 => (of(0.0), of(6.0)),
            Activation::RELU_N1_TO_1 => (of(-1.0), of(1.0)),
            _ => (low, high),
        })
    }

    /// Integers as a value of the type; they are clamped to `limits`.
    pub fn value(
        self,
        shape: Vec<usize>,
        integers: impl Iterator<Item = i32>,
        (low, high): (i32, i32),
    ) -> Value {
        // `clamp` panics where a zero point far outside of the type turns the limits round.
        let integers = integers.map(|q| q.max(low).min(high));
        let data = match self.dtype {
            DType::Uint8 => Data::U8(integers.map(|q| q as u8).collect()),
            DType::Int16 => Data::I16(integers.map(|q| q as i16).collect()),
            DType::Int32 => Data::I32(integers.collect()),
            _ => Data::I8(integers.map(|q| q as i8).collect()),
        };
        Value { shape, data }
    }
}

fn wrong(call: &Call<'_>, what: &str) -> Error {
    Error::new(
        call.place(),
        Problem::Parameters(what.to_owned()),
        "quantize the float model again",
    )
}

/// Scale and zero point of an operand that has them, and its type.
pub fn parameters<'c>(call: &Call<'c>, id: Option<TensorId>) -> Result<(&'c QuantParam, DType)> {
    let id = id.ok_or_else(|| wrong(call, "an operand is missing"))?;
    let tensor = call.graph.tensor(id);
    let quant = tensor.quant.as_ref().filter(|quant| !quant.scale.is_empty());
    let quant = quant.ok_or_else(|| wrong(call, "an operand has no scale"))?;
    if !matches!(
        tensor.dtype,
        DType::Int8 | DType::Uint8 | DType::Int16 | DType::Int4 | DType::Int2 | DType::Int32 | DType::Int64
    ) {
        return Err(Error::new(
            call.place(),
            Problem::UnsupportedType(format!("an operand is of type {}", tensor.dtype)),
            "quantize all operands, or none",
        ));
    }
    Ok((quant, tensor.dtype))
}

fn side(call: &Call<'_>, id: Option<TensorId>) -> Result<Side> {
    let (quant, dtype) = parameters(call, id)?;
    let &[scale] = quant.scale.as_slice() else {
        return Err(wrong(call, "an activation has more than one scale"));
    };
    let zero = quant.zero_point.first().copied().unwrap_or(0);
    let zero = i32::try_from(zero).map_err(|_| wrong(call, "a zero point is beyond 32 bits"))?;
    Ok(Side { scale, zero, dtype })
}

/// Scale and zero point of an input that is an activation.
pub fn input(call: &Call<'_>, index: usize) -> Result<Side> {
    side(call, call.op.inputs.get(index).copied().flatten())
}

/// Scale and zero point of an output.
pub fn output(call: &Call<'_>, index: usize) -> Result<Side> {
    let side = side(call, call.op.outputs.get(index).copied())?;
    if matches!(
        side.dtype,
        DType::Int8 | DType::Uint8 | DType::Int16 | DType::Int32
    ) {
        return Ok(side);
    }
    Err(Error::new(
        call.place(),
        Problem::UnsupportedType(format!("it makes {}", side.dtype)),
        "quantize activations to int8, uint8 or int16",
    ))
}

/// Scale and zero point of an operator whose ends have to agree.
pub fn both(call: &Call<'_>) -> Result<Side> {
    let (x, y) = (input(call, 0)?, output(call, 0)?);
    if x == y {
        return Ok(y);
    }
    Err(Error::new(
        call.place(),
        Problem::NoKernel("input and output have different scales or zero points".into()),
        "quantize the float model again",
    ))
}

/// The output of an operator whose ends have to agree; onert takes the integers as they are.
pub fn both_of(call: &Call<'_>, profile: Profile) -> Result<Side> {
    if profile == Profile::Onert {
        output(call, 0)
    } else {
        both(call)
    }
}

/// Scales of a filter of that many output channels, one for each, and its zero point; whether the file has one for each.
pub fn filter(call: &Call<'_>, index: usize, channels: usize) -> Result<(Vec<f32>, i32, bool)> {
    let (quant, dtype) = parameters(call, call.op.inputs.get(index).copied().flatten())?;
    if dtype == DType::Int16 {
        return Err(Error::new(
            call.place(),
            Problem::NoKernel("its filter is of 16 bits".into()),
            "quantize weights to int8",
        ));
    }
    let zero = quant.zero_point.first().copied().unwrap_or(0);
    if quant.zero_point.iter().any(|other| *other != zero) {
        return Err(Error::new(
            call.place(),
            Problem::NoKernel("its filter has a zero point for each channel".into()),
            "quantize weights symmetrically",
        ));
    }
    let zero = i32::try_from(zero).map_err(|_| wrong(call, "a zero point is beyond 32 bits"))?;
    match quant.scale.as_slice() {
        &[scale] => Ok((vec![scale; channels], zero, false)),
        scales if scales.len() == channels => Ok((scales.to_vec(), zero, true)),
        _ => Err(wrong(
            call,
            "its filter has scales for another number of channels",
        )),
    }
}

/// The integers of an input.
pub fn integers(call: &Call<'_>, index: usize) -> Result<Vec<i32>> {
    let value = call.input(index)?;
    Ok(match &value.data {
        Data::I8(data) => data.iter().map(|q| i32::from(*q)).collect(),
        Data::U8(data) => data.iter().map(|q| i32::from(*q)).collect(),
        Data::I16(data) => data.iter().map(|q| i32::from(*q)).collect(),
        Data::I32(data) => data.clone(),
        _ => {
            return Err(Error::new(
                call.place(),
                Problem::NoKernelType {
                    index,
                    found: value.dtype(),
                    expected: "integers",
                },
                "quantize all operands, or none",
            ));
        }
    })
}

/// The integers of an input less a zero point, in 16 bits: those of 8 bits always fit.
pub fn centered(call: &Call<'_>, index: usize, zero: i32) -> Result<Vec<i16>> {
    let value = call.input(index)?;
    let fits = |q: i32| i16::try_from(q - zero).ok();
    let made: Option<Vec<i16>> = match &value.data {
        Data::I8(data) if zero.unsigned_abs() < 1 << 14 => {
            Some(data.iter().map(|q| i16::from(*q) - zero as i16).collect())
        }
        Data::U8(data) if zero.unsigned_abs() < 1 << 14 => {
            Some(data.iter().map(|q| i16::from(*q) - zero as i16).collect())
        }
        Data::I16(data) if zero == 0 => Some(data.clone()),
        _ => integers(call, index)?.into_iter().map(fits).collect(),
    };
    made.ok_or_else(|| wrong(call, "integers less their zero point are beyond 16 bits"))
}

/// Refuses a bias of 32 bits beside 16-bit activations of a convolution, unless the options name its type: LiteRT reads one of
/// 64 bits, beyond its end.
pub fn named_bias(call: &Call<'_>, index: usize, x: Side, named: TensorType, profile: Profile) -> Result<()> {
    let short = call
        .optional(index)
        .is_some_and(|bias| bias.dtype() == DType::Int32);
    if !short || x.dtype != DType::Int16 || named == TensorType::INT32 || profile.is_of_circle() {
        return Ok(());
    }
    Err(Error::new(
        call.place(),
        Problem::NoKernel("LiteRT reads a bias of 32 bits beside 16-bit activations as one of 64".into()),
        "give a bias of 64 bits, or name its type in the options",
    ))
}

/// A bias of that many channels, wide; whether it is of 64 bits. Zeros when there is none.
pub fn bias(call: &Call<'_>, index: usize, channels: usize) -> Result<(Vec<i64>, bool)> {
    let Some(value) = call.optional(index) else {
        // The sums of 16-bit activations are of 64 bits, as with a bias of 64.
        return Ok((vec![0; channels], true));
    };
    let bias = match &value.data {
        Data::I32(data) => (data.iter().map(|b| i64::from(*b)).collect(), false),
        Data::I64(data) => (data.clone(), true),
        _ => {
            return Err(Error::new(
                call.place(),
                Problem::NoKernelType {
                    index,
                    found: value.dtype(),
                    expected: "int32 or int64",
                },
                "quantize all operands, or none",
            ));
        }
    };
    let bias: (Vec<i64>, bool) = bias;
    if bias.0.len() != channels {
        return Err(Error::new(
            call.place(),
            Problem::BiasShape {
                found: value.shape.clone(),
                channels,
            },
            "give the bias one entry an output channel",
        ));
    }
    Ok(bias)
}
