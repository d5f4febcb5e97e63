//! Integer weights: their integers and their scales.

use crate::ops::Call;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Data;
use quant_ir::{QuantParam, Tensor};

/// Weights of an operator.
pub struct Weights {
    /// In 16 bits, as products take them. Those of uint8 are bits of int8, as LiteRT reads them.
    pub integers: Vec<i16>,
    /// One, or one for each channel.
    pub scales: Vec<f32>,
}

impl Weights {
    /// Those of an input.
    ///
    /// # Errors
    /// No scale, a zero point, another number of scales than one or `channels`.
    pub fn of(call: &Call<'_>, index: usize, channels: usize) -> Result<Self> {
        let quant = parameters(call, index)?;
        if quant.zero_point.iter().any(|zero| *zero != 0) {
            return Err(unfit(
                call,
                "its weights have a zero point, which the kernels leave out",
            ));
        }
        if !(quant.scale.len() == 1 || quant.scale.len() == channels) {
            return Err(unfit(call, "its weights have scales along another dimension"));
        }
        Ok(Self {
            integers: integers(call, index)?,
            scales: quant.scale.clone(),
        })
    }

    /// Those of an input that has one scale.
    ///
    /// # Errors
    /// As [`Self::of`]; several scales, which the kernels of recurrent operators leave out but for the first.
    pub fn of_one_scale(call: &Call<'_>, index: usize) -> Result<Self> {
        Self::of(call, index, 1)
    }

    /// The real numbers of weights that have one scale.
    pub fn floats(&self) -> Vec<f32> {
        let scale = self.scales[0];
        self.integers.iter().map(|q| scale * f32::from(*q)).collect()
    }

    /// Whether there is a scale for each channel.
    pub fn per_channel(&self) -> bool {
        self.scales.len() > 1
    }
}

/// The tensor of an input.
pub fn tensor<'c>(call: &Call<'c>, index: usize) -> Result<&'c Tensor> {
    let id = call.op.inputs.get(index).copied().flatten();
    let id = id.ok_or_else(|| Error::new(call.place(), Problem::MissingInput { index }, "give it"))?;
    Ok(call.graph.tensor(id))
}

/// How an input is quantized.
pub fn parameters<'c>(call: &Call<'c>, index: usize) -> Result<&'c QuantParam> {
    let quant = tensor(call, index)?.quant.as_ref();
    quant.ok_or_else(|| unfit(call, "its weights have no scale"))
}

/// The integers of an input.
pub fn integers(call: &Call<'_>, index: usize) -> Result<Vec<i16>> {
    let value = call.input(index)?;
    Ok(match &value.data {
        Data::I8(data) => data.iter().map(|q| i16::from(*q)).collect(),
        Data::U8(data) => data.iter().map(|q| i16::from(q.cast_signed())).collect(),
        _ => {
            return Err(Error::new(
                call.place(),
                Problem::NoKernelType {
                    index,
                    found: value.dtype(),
                    expected: "integers of 8 bits or fewer",
                },
                "quantize the float model again",
            ));
        }
    })
}

/// An operator that LiteRT computes wrongly or not at all.
pub fn unfit(call: &Call<'_>, what: &str) -> Error {
    Error::new(
        call.place(),
        Problem::NoKernel(what.to_owned()),
        "quantize the float model again, or leave the operator in float",
    )
}
