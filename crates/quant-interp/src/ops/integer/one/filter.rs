//! Filters of ONE: a scale and a zero point for each output channel, or one of each for all.

use super::super::operands::{self, Side};
use crate::ops::Call;
use quant_ir::DType;
use quant_ir::error::{Error, Problem, Result};
use quant_numeric::fixed::Multiplier;

use super::super::affine::Rescale;

/// The integers of a filter less the zero points of their channels, and how the sum of each channel is rescaled.
pub struct Filter {
    pub weights: Vec<i16>,
    pub rescales: Vec<Rescale>,
}

impl Filter {
    /// Of input 1, whose channels lie along the first axis, or along the last.
    pub fn of(call: &Call<'_>, outputs: usize, last: bool, sides: (Side, Side)) -> Result<Self> {
        let (quant, _) = operands::parameters(call, call.op.inputs.get(1).copied().flatten())?;
        Self::with(call, (&quant.scale, &quant.zero_point), (outputs, last), sides)
    }

    /// The same with the parameters of the first channel for all.
    pub fn of_first(call: &Call<'_>, outputs: usize, sides: (Side, Side)) -> Result<Self> {
        let (quant, _) = operands::parameters(call, call.op.inputs.get(1).copied().flatten())?;
        let zeros = &quant.zero_point[..quant.zero_point.len().min(1)];
        Self::with(call, (&quant.scale[..1], zeros), (outputs, false), sides)
    }

    fn with(
        call: &Call<'_>,
        (scales, zeros): (&[f32], &[i64]),
        (outputs, last): (usize, bool),
        (x, y): (Side, Side),
    ) -> Result<Self> {
        let fits = |count: usize| count == 1 || count == outputs;
        if !fits(scales.len()) || !(zeros.is_empty() || fits(zeros.len())) {
            return Err(Error::new(
                call.place(),
                Problem::Parameters("its filter has parameters for another number of channels".into()),
                "quantize the float model again",
            ));
        }
        let zero = |channel: usize| {
            let zero = zeros.get(channel).or(zeros.first()).copied().unwrap_or(0);
            i32::try_from(zero).unwrap_or(i32::MAX)
        };
        let integers = operands::integers(call, 1)?;
        let each = (integers.len() / outputs.max(1)).max(1);
        let centered = integers.iter().enumerate().map(|(at, q)| {
            let channel = if last { at % outputs } else { at / each };
            i16::try_from(q.saturating_sub(zero(channel))).ok()
        });
        let weights = centered.collect::<Option<Vec<i16>>>().ok_or_else(|| {
            Error::new(
                call.place(),
                Problem::Parameters("integers less their zero point are beyond 16 bits".into()),
                "quantize the float model again",
            )
        })?;
        let rescale = |channel: usize| {
            let scale = scales[channel.min(scales.len() - 1)];
            rescale(x, scale, y, scales.len() > 1)
        };
        Ok(Self {
            weights,
            rescales: (0..outputs).map(rescale).collect(),
        })
    }
}

/// onert multiplies scales in f64 when there are many and in f32 when there is one; luci-interpreter in f32 always, and has
/// sums of 64 bits for 16-bit activations.
pub fn rescale(x: Side, scale: f32, y: Side, many: bool) -> Rescale {
    let product = if many && x.dtype != DType::Int16 {
        f64::from(x.scale) * f64::from(scale)
    } else {
        f64::from(x.scale * scale)
    };
    let by = Multiplier::of(product / f64::from(y.scale));
    if x.dtype == DType::Int16 {
        Rescale::Wide(by)
    } else {
        Rescale::Twice(by)
    }
}

/// Lowest and highest integer that a fused activation leaves: luci-interpreter does not use −32768.
pub fn limits(
    call: &Call<'_>,
    y: Side,
    function: quant_schema::ActivationFunctionType,
) -> Result<(i32, i32)> {
    let (low, high) = y.activation(call, function)?;
    Ok((
        if y.dtype == DType::Int16 {
            low.max(-32767)
        } else {
            low
        },
        high,
    ))
}
