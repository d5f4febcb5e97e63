//! FakeQuantWithMinMaxVars, …VarsPerChannel and …Args: values in the nearest of the steps of a range.
//!
//! `scale = (max − min) / (qmax − qmin)` with `qmin` 0, or 1 in a narrow range, and `qmax = 2^bits − 1`; the zero point is
//! `qmin − min / scale`, rounded half up and clamped, and the range that of its integers. A value is
//! `⌊(clamp(x) − low) · (1 / scale) + ½⌋ · scale + low`.

use quant_ir::{Builtin, DType, Options, Problem, QuantParam, Result};

use super::op::{Op, plain};
use quant_lower::Stored;
use quant_lower::options;

/// A range whose zero is a step.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Steps {
    scale: f32,
    /// The integer that means zero, of those from 0 on.
    zero_point: f32,
    low: f32,
    high: f32,
}

#[allow(clippy::arithmetic_side_effects)] // floats
fn steps(min: f32, max: f32, bits: i32, narrow: bool) -> Option<Steps> {
    let qmin = if narrow { 1.0 } else { 0.0 };
    let qmax = 2f32.powi(bits) - 1.0;
    let scale = (max - min) / (qmax - qmin);
    if !(scale.is_finite() && scale > 0.0) {
        return None;
    }
    let zero_point = (qmin - min / scale + 0.5).floor().clamp(qmin, qmax);
    Some(Steps {
        scale,
        zero_point,
        low: (qmin - zero_point) * scale,
        high: (qmax - zero_point) * scale,
    })
}

impl Steps {
    #[allow(clippy::arithmetic_side_effects)] // floats
    fn nearest(self, x: f32) -> f32 {
        let clamped = x.max(self.low).min(self.high);
        ((clamped - self.low) * (1.0 / self.scale) + 0.5).floor() * self.scale + self.low
    }
}

/// The node: a pair of QUANTIZE and DEQUANTIZE in a model that keeps the ranges of a training; else constants are computed
/// here, and activations become a FAKE_QUANT.
pub(super) fn fake_quant(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let (min, max) = if op.node.op() == "FakeQuantWithMinMaxArgs" {
        (vec![op.float("min", -6.0)?], vec![op.float("max", 6.0)?])
    } else {
        (op.floats(1)?, op.floats(2)?)
    };
    let bits = op.small("num_bits", 8)?;
    let narrow = op.bool("narrow_range", false)?;
    let of = |(min, max): (&f32, &f32)| steps(*min, *max, bits, narrow);
    let all: Option<Vec<Steps>> = min.iter().zip(&max).map(of).collect();
    let all = all.filter(|all| !all.is_empty() && min.len() == max.len() && (2..=16).contains(&bits));
    let Some(all) = all else {
        let problem = Problem::Option(format!("the ranges {min:?}…{max:?} in {bits} bits"));
        return Err(op.error(
            problem,
            "give finite ranges whose min is below its max, and 2 to 16 bits",
        ));
    };
    let stored = op.stored(0)?;
    if op.builder.is_constant(stored.id) {
        return constant(op, &all, bits);
    }
    let (&[one], &[min], &[max]) = (all.as_slice(), min.as_slice(), max.as_slice()) else {
        let what = "an activation with a range for each channel";
        return op.refuse(what, "models have one range for an activation");
    };
    activation(op, stored, one, (min, max), bits, narrow)
}

fn constant(op: &mut Op<'_>, all: &[Steps], bits: i32) -> Result<Vec<Stored>> {
    let values = op.floats(0)?;
    let input = op.input(0)?;
    let shape = op.builder.shape(input);
    let channels = shape.last().copied().unwrap_or(1);
    if all.len() != 1 && all.len() != channels {
        let what = format!("{} ranges for {channels} channels", all.len());
        return Err(op.error(Problem::Parameters(what), "freeze the graph again"));
    }
    let steps = all.iter().cycle();
    let values: Vec<u8> = values
        .iter()
        .zip(steps)
        .flat_map(|(value, steps)| steps.nearest(*value).to_le_bytes())
        .collect();
    let name = op.name();
    if let Some(params) = params(all, bits, shape.len()).filter(|_| op.builder.pairs) {
        let part = op.part("constant");
        let id = op
            .builder
            .constant(&part, DType::Float32, &shape, values.into())?;
        return Ok(plain(op.builder.pair(id, params, &name)?));
    }
    let id = op
        .builder
        .constant(&name, DType::Float32, &shape, values.into())?;
    Ok(plain(id))
}

/// What integers of 8 bits mean; `None` for other bits, which no pair has.
#[allow(clippy::as_conversions, clippy::arithmetic_side_effects)] // whole numbers
fn params(all: &[Steps], bits: i32, rank: usize) -> Option<QuantParam> {
    let last = i32::try_from(rank).ok()?.saturating_sub(1);
    (bits == 8).then(|| QuantParam {
        scale: all.iter().map(|steps| steps.scale).collect(),
        zero_point: all.iter().map(|steps| steps.zero_point as i64 - 128).collect(),
        quantized_dimension: if all.len() > 1 { last } else { 0 },
        ..QuantParam::default()
    })
}

/// A model's FAKE_QUANT knows no narrow range: a wide one of the same steps has one step more below, which a MAXIMUM in front
/// keeps free.
fn activation(
    op: &mut Op<'_>,
    stored: Stored,
    steps: Steps,
    (mut min, mut max): (f32, f32),
    bits: i32,
    narrow: bool,
) -> Result<Vec<Stored>> {
    let mut input = stored.id;
    if narrow {
        let name = op.part("low");
        let low = op.builder.floats(&name, &[], &[steps.low])?;
        let name = op.part("clamped");
        input = op.builder.emit(
            Builtin::MAXIMUM,
            &[input, low],
            Options::default(),
            &name,
            DType::Float32,
        )?;
        #[allow(clippy::arithmetic_side_effects)] // floats
        let below = steps.low - steps.scale;
        (min, max) = (below, steps.high);
    }
    if let Some(params) = params(&[steps], bits, 0).filter(|_| op.builder.pairs) {
        let name = op.result_name(stored.channels_last);
        let id = op.builder.pair(input, params, &name)?;
        return Ok(vec![op.result(id, stored.channels_last)]);
    }
    let options = options!(FakeQuantOptions: FakeQuantOptionsT {
        min: min,
        max: max,
        num_bits: bits,
        narrow_range: false,
    });
    let name = op.result_name(stored.channels_last);
    let id = op
        .builder
        .emit(Builtin::FAKE_QUANT, &[input], options, &name, DType::Float32)?;
    Ok(vec![op.result(id, stored.channels_last)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_is_a_step() {
        assert_eq!(steps(-1.0, 2.0, 2, false).unwrap().nearest(0.1), 0.0);
        // A range beside zero is moved to it.
        let beside = steps(0.5, 2.5, 8, false).unwrap();
        assert_eq!((beside.low, beside.high), (0.0, 2.0));
        let narrow = steps(-1.27, 1.27, 8, true).unwrap();
        assert!((narrow.low + 1.27).abs() < 1e-6 && narrow.nearest(0.0).abs() < 1e-6);
        assert_eq!(steps(1.0, 1.0, 8, false), None);
        assert_eq!(steps(f32::NAN, 1.0, 8, false), None);
    }
}
