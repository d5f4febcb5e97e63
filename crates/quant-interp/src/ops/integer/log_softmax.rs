//! LOG_SOFTMAX: distances to the largest element less the logarithm of the sum of their exponentials.

use super::operands;
use super::profile::Profile;
use crate::ops::Call;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;
use quant_numeric::fixed::Multiplier;
use quant_numeric::fixed::point::{exp_of_negative, ln};
use quant_numeric::fixed::shift::Word;
use quant_numeric::round::half_even_f32;

/// The kernel; the output's scale is 1/16.
pub fn eval(call: &Call<'_>, profile: Profile) -> Result<Vec<Value>> {
    let (x, y) = (operands::input(call, 0)?, operands::output(call, 0)?);
    if x.dtype != y.dtype || x.limits().1 - x.limits().0 != 255 {
        let problem = Problem::NoKernel("16-bit integers have no kernel".into());
        return Err(Error::new(call.place(), problem, "leave it in float"));
    }
    let shape = call.input(0)?.shape.clone();
    let depth = shape.last().copied().unwrap_or(1).max(1);
    let input = operands::integers(call, 0)?;
    let rows = input.chunks_exact(depth);
    let made: Vec<i32> = match profile {
        Profile::LitertReference | Profile::One | Profile::Onert => {
            let fixed = Fixed::new(f64::from(x.scale));
            rows.flat_map(|row| fixed.row(row, y)).collect()
        }
        Profile::Litert | Profile::Xnnpack | Profile::Onnxruntime => {
            let table: Vec<f32> = (0..256).map(|k| (-x.scale * k as f32).exp()).collect();
            rows.flat_map(|row| by_table(&table, row, x, y)).collect()
        }
    };
    Ok(vec![y.value(shape, made.into_iter(), y.limits())])
}

/// Distances in Q5.26, sums in Q12.19.
struct Fixed {
    by: Multiplier,
    /// The other way, from Q5.26 to steps of the input.
    back: Multiplier,
    lowest: i32,
}

impl Fixed {
    fn new(scale: f64) -> Self {
        let real = (scale * f64::from(1 << 26)).min(f64::from(i32::MAX));
        let by = Multiplier::of(real);
        let back = Multiplier::of(2f64.powi(31 - by.exponent) / f64::from(by.mantissa));
        let radius = 31.0 * f64::from(1 << 26) / 2f64.powi(by.exponent);
        Self {
            by,
            back,
            lowest: -(radius.floor() as i32),
        }
    }

    fn row(&self, row: &[i32], y: operands::Side) -> Vec<i32> {
        let max = row.iter().copied().max().unwrap_or(0);
        let near = row
            .iter()
            .map(|q| q - max)
            .filter(|distance| *distance >= self.lowest);
        let exp = near.map(|distance| exp_of_negative(self.by.times(distance), 5).rounding_shift_right(12));
        let log = ln(exp.sum(), 12, 5);
        // Below that, the result is the lowest integer whatever it is.
        let bound = log.wrapping_add(i32::MIN);
        let bound = (self.lowest - 1).max(self.back.times(bound));
        let made = row.iter().map(|q| {
            let distance = q - max;
            if distance <= bound {
                return y.limits().0;
            }
            let rescaled = self.by.times(distance);
            rescaled
                .wrapping_sub(log)
                .rounding_shift_right(31 - 5 - 4)
                .wrapping_add(y.limits().1)
        });
        made.collect()
    }
}

fn by_table(table: &[f32], row: &[i32], x: operands::Side, y: operands::Side) -> Vec<i32> {
    let max = row.iter().copied().max().unwrap_or(0);
    let sum = row
        .iter()
        .map(|q| table[(max - q) as usize & 255])
        .fold(0.0f32, |sum, e| sum + e);
    let scale = x.scale / y.scale;
    let all = (x.scale * max as f32 + sum.ln()) / y.scale;
    row.iter()
        .map(|q| half_even_f32(scale * *q as f32 - all) as i32 + y.zero)
        .collect()
}
