//! QUANTIZE: integers of floats, round(x / scale) + zero point, or of other integers.
#![allow(clippy::inline_always)] // a function that is not inlined is compiled for every machine only

use super::ready::Other;
use super::support::elementwise;
use super::support::steps::Steps;
use super::{Call, OpDef};
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::{Data, Value};
use quant_ir::{Builtin, DType};
use quant_numeric::fixed::Multiplier;
use quant_numeric::round::{half_away_f32, half_even_f32};
use quant_numeric::slice::whole;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::QUANTIZE,
    name: "Quantize",
    inputs: (1, 1),
    shape: elementwise::same_shape,
    eval,
};

/// As onnxruntime rounds floats.
pub(super) const ONNXRUNTIME: Other = Other {
    prepare: None,
    eval: eval_even,
};

/// Halves become the even one, and NaN the least integer; integers are requantized as ever.
pub(crate) fn eval_even(call: &Call<'_>) -> Result<Vec<Value>> {
    let value = call.input(0)?;
    let (Data::F32(data), Some(id)) = (&value.data, call.op.outputs.first().copied()) else {
        return eval(call);
    };
    let steps = Steps::of(call, Some(id), &value.shape)?;
    let made = call.graph.tensor(id).dtype;
    let (low, high) = match made {
        DType::Int8 => (-128.0, 127.0),
        DType::Uint8 => (0.0, 255.0),
        DType::Int16 => (-32768.0, 32767.0),
        _ => return eval(call),
    };
    let integers = data.iter().enumerate().map(|(at, x)| {
        let (scale, zero_point) = steps.at(at);
        let q = half_even_f32(x / scale) + zero_point as f32;
        i64::from(whole(if q.is_nan() { low } else { q.clamp(low, high) }))
    });
    let data = stored(integers, made).unwrap_or(Data::I8(Vec::new()));
    Ok(vec![Value {
        shape: value.shape.clone(),
        data,
    }])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let value = call.input(0)?;
    let Some(id) = call.op.outputs.first().copied() else {
        return Ok(Vec::new());
    };
    let steps = Steps::of(call, Some(id), &value.shape)?;
    let made = call.graph.tensor(id).dtype;
    let data = match &value.data {
        Data::F32(data) => {
            // In the range of a type the cast to it loses nothing.
            match made {
                DType::Int8 => Some(Data::I8(integers(data, &steps, (-128, 127), |q| q as i8))),
                DType::Uint8 => Some(Data::U8(integers(data, &steps, (0, 255), |q| q as u8))),
                DType::Int16 => Some(Data::I16(integers(data, &steps, (i16::MIN, i16::MAX), |q| {
                    q as i16
                }))),
                _ => None,
            }
        }
        Data::I8(_) | Data::U8(_) | Data::I16(_) | Data::I32(_) => {
            let from = Steps::of(call, call.op.input(0), &value.shape)?;
            let (Some((from, from_zero)), Some((to, to_zero))) = (from.single(), steps.single()) else {
                return Err(Error::new(
                    call.place(),
                    Problem::NoKernel("integers with a scale for each channel have no kernel".into()),
                    "give input and output one scale each",
                ));
            };
            let factor = Multiplier::of(f64::from(from) / f64::from(to));
            let elements = value.to_i64().unwrap_or_default();
            let again = |q: i64| i64::from(factor.times((q - from_zero) as i32)) + to_zero;
            stored(elements.into_iter().map(again), made)
        }
        _ => None,
    };
    let data = data.ok_or_else(|| {
        Error::new(
            call.place(),
            Problem::UnsupportedType(format!("it makes {made} of {}", value.dtype())),
            "quantize float32 to int8, uint8 or int16, or requantize between these and int32",
        )
    })?;
    Ok(vec![Value {
        shape: value.shape.clone(),
        data,
    }])
}

/// The integers of floats, `low` to `high`, each as `stored` says.
fn integers<T: Copy + Default>(
    data: &[f32],
    steps: &Steps,
    (low, high): (i16, i16),
    stored: impl Fn(i32) -> T,
) -> Vec<T> {
    let (low, high) = (f32::from(low), f32::from(high));
    // Without looking for the step of each element where all have one.
    let Some((scale, zero_point)) = steps.single() else {
        let one = |(at, x): (usize, &f32)| {
            let (scale, zero_point) = steps.at(at);
            stored(quantized(*x, scale, zero_point as f32, low, high))
        };
        return data.iter().enumerate().map(one).collect();
    };
    pulp::Arch::new().dispatch(OneStep {
        data,
        scale,
        zero_point: zero_point as f32,
        low,
        high,
        stored,
    })
}

/// The integer of one float, at most 2¹⁵; of NaN, 0.
#[inline(always)]
fn quantized(x: f32, scale: f32, zero_point: f32, low: f32, high: f32) -> i32 {
    whole((half_away_f32(x / scale) + zero_point).clamp(low, high))
}

/// A tensor of one scale and zero point: a loop for the vector units that the machine has.
struct OneStep<'a, F> {
    data: &'a [f32],
    scale: f32,
    zero_point: f32,
    low: f32,
    high: f32,
    stored: F,
}

impl<T: Copy + Default, F: Fn(i32) -> T> pulp::NullaryFnOnce for OneStep<'_, F> {
    type Output = Vec<T>;

    #[inline(always)]
    fn call(self) -> Vec<T> {
        let Self {
            data,
            scale,
            zero_point,
            low,
            high,
            stored,
        } = self;
        let mut made = vec![T::default(); data.len()];
        // A plain loop: the closure of an iterator is compiled for every machine only.
        for (q, x) in made.iter_mut().zip(data) {
            *q = stored(quantized(*x, scale, zero_point, low, high));
        }
        made
    }
}

/// Integers in the range of their type.
fn stored(elements: impl Iterator<Item = i64>, dtype: DType) -> Option<Data> {
    let within = |low: i64, high: i64| elements.map(move |q| q.clamp(low, high));
    Some(match dtype {
        DType::Int8 => Data::I8(within(-128, 127).map(|q| q as i8).collect()),
        DType::Uint8 => Data::U8(within(0, 255).map(|q| q as u8).collect()),
        DType::Int16 => Data::I16(within(-32768, 32767).map(|q| q as i16).collect()),
        DType::Int32 => {
            let within = within(i64::from(i32::MIN), i64::from(i32::MAX));
            Data::I32(within.map(|q| q as i32).collect())
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On whatever vector units there are, each value becomes what it becomes alone.
    #[test]
    fn many_values_are_quantized_as_one() {
        let mut data: Vec<f32> = (-4000..4000).map(|x| x as f32 * 0.125).collect();
        data.extend([
            f32::NAN,
            f32::INFINITY,
            f32::NEG_INFINITY,
            f32::MAX,
            -f32::MAX,
            1e-45,
            -0.0,
        ]);
        // The largest float below a half, which adding a half would round up.
        data.extend([0.499_999_97, -0.499_999_97, 8_388_607.5, -8_388_609.0]);
        for (scale, zero_point, low, high) in [
            (1.0f32, 0.0f32, -128.0f32, 127.0f32),
            (0.037, 131.0, 0.0, 255.0),
            (1e-3, -7.0, -32768.0, 32767.0),
            (3.5, 0.0, -32768.0, 32767.0),
        ] {
            let found = pulp::Arch::new().dispatch(OneStep {
                data: &data,
                scale,
                zero_point,
                low,
                high,
                stored: |q| q,
            });
            for (x, q) in data.iter().zip(found) {
                let alone = f64::from(std::hint::black_box(*x) / scale);
                // Half away from zero, in f64, where adding a half is exact.
                let rounded = (alone.abs() + 0.5).floor().copysign(alone);
                let wanted = (rounded as f32 + zero_point).clamp(low, high) as i32;
                assert_eq!(q, wanted, "{x} / {scale} + {zero_point}");
            }
        }
    }
}
