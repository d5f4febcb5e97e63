//! FAKE_QUANT: each element in the nearest of the steps that so many bits make of a range.
//!
//! The range is moved so that zero is a step: with `scale = (max − min) / (2^bits − 1)` the zero point is `−min / scale`,
//! rounded half away from zero and clamped, and the ends are those of the integers. NaN becomes the lower end.

use quant_schema::FakeQuantOptionsT;

use super::support::{elementwise, options};
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;
use quant_numeric::round::half_away_f32;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::FAKE_QUANT,
    name: "FakeQuant",
    inputs: (1, 1),
    shape: elementwise::same_shape,
    eval,
};

/// The steps of a range.
struct Steps {
    scale: f32,
    min: f32,
    max: f32,
}

impl Steps {
    fn of(call: &Call<'_>) -> Result<Self> {
        let FakeQuantOptionsT {
            min,
            max,
            num_bits,
            narrow_range,
            ..
        } = options::read!(call, FakeQuantOptions);
        if narrow_range {
            return Err(Error::new(
                call.place(),
                Problem::NoKernel("a narrow range is for weights, and has no kernel".into()),
                "quantize the weights, or use the whole range",
            ));
        }
        let bits = u32::try_from(num_bits)
            .ok()
            .filter(|bits| (1..=16).contains(bits));
        let scale = bits.map(|bits| (max - min) / ((1 << bits) - 1) as f32);
        let Some((bits, scale)) = bits
            .zip(scale)
            .filter(|(_, scale)| scale.is_finite() && *scale > 0.0)
        else {
            return Err(Error::new(
                call.place(),
                Problem::Option(format!("the range {min}…{max} in {num_bits} bits")),
                "give a finite range whose min is below its max, and 1 to 16 bits",
            ));
        };
        let last = ((1 << bits) - 1) as f32;
        let zero_point = half_away_f32((-min / scale).clamp(0.0, last));
        Ok(Self {
            scale,
            min: -zero_point * scale,
            max: (last - zero_point) * scale,
        })
    }

    fn nearest(&self, x: f32) -> f32 {
        // `max` and `min` take the number where there is NaN.
        let clamped = x.max(self.min).min(self.max);
        half_away_f32((clamped - self.min) * (1.0 / self.scale)) * self.scale + self.min
    }
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let steps = Steps::of(call)?;
    elementwise::unary(call, |x| steps.nearest(x))
}
