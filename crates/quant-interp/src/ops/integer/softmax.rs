//! SOFTMAX: exponentials of the distances to the largest element, over their sum.

use super::operands;
use super::profile::Profile;
use crate::ops::Call;
use crate::ops::support::options;
use quant_ir::DType;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;
use quant_numeric::fixed::Multiplier;
use quant_numeric::fixed::point::{exp_of_negative, reciprocal};
use quant_numeric::fixed::shift::Word;
use quant_numeric::fixed::table::{ENTRIES_16, look_up_16, of_16_bits_in_f64};
use quant_numeric::round::half_away_f32;

/// The kernel.
pub fn eval(call: &Call<'_>, profile: Profile) -> Result<Vec<Value>> {
    let beta = options::read!(call, SoftmaxOptions).beta;
    let (x, y) = (operands::input(call, 0)?, operands::output(call, 0)?);
    let shape = call.input(0)?.shape.clone();
    let depth = shape.last().copied().unwrap_or(1).max(1);
    let input = operands::integers(call, 0)?;
    let rows = input.chunks_exact(depth);
    let made: Vec<i32> = match (x.dtype, y.dtype, profile) {
        (DType::Int16, DType::Int16, _) => {
            let tables = Tables::new(f64::from(x.scale * beta));
            rows.flat_map(|row| tables.row(row)).collect()
        }
        (DType::Int16, ..) => {
            return Err(Error::new(
                call.place(),
                Problem::NoKernel("its input and output are of different types".into()),
                "leave it in float",
            ));
        }
        (_, _, Profile::LitertReference | Profile::One | Profile::Onert) => {
            let fixed = Fixed::new(f64::from(beta), f64::from(x.scale));
            rows.flat_map(|row| fixed.row(row, y.limits())).collect()
        }
        (_, _, Profile::Litert | Profile::Xnnpack | Profile::Onnxruntime) => {
            let table: Vec<f32> = (0..256).map(|k| (-x.scale * beta * k as f32).exp()).collect();
            // LiteRT adds no zero point where one of uint8 is 0 by its specification.
            let zero = match (y.dtype, profile) {
                (DType::Uint8, Profile::Litert | Profile::Xnnpack) => 0,
                _ => y.zero,
            };
            let y = operands::Side { zero, ..y };
            rows.flat_map(|row| by_table(&table, row, y)).collect()
        }
    };
    Ok(vec![y.value(shape, made.into_iter(), y.limits())])
}

/// The fixed-point form: distances in Q5.26, sums in Q12.19.
struct Fixed {
    by: Multiplier,
    lowest: i32,
}

impl Fixed {
    fn new(beta: f64, scale: f64) -> Self {
        let real = (beta * scale * f64::from(1 << 26)).min(f64::from(i32::MAX));
        let by = Multiplier::of(real);
        // The largest distance that the exponential can take.
        let radius = 31.0 * f64::from(1 << 26) / 2f64.powi(by.exponent);
        Self {
            by,
            lowest: -(radius.floor() as i32),
        }
    }

    fn row(&self, row: &[i32], (low, high): (i32, i32)) -> Vec<i32> {
        let max = row.iter().copied().max().unwrap_or(0);
        let exp = |q: &i32| {
            let distance = q - max;
            (distance >= self.lowest).then(|| exp_of_negative(self.by.times(distance), 5))
        };
        let sum = row
            .iter()
            .filter_map(exp)
            .map(|e| e.rounding_shift_right(12))
            .sum::<i32>();
        let (scale, above) = reciprocal(sum, 12);
        let bits = if high - low > 255 { 16 } else { 8 };
        let made = row.iter().map(|q| match exp(q) {
            Some(e) => (scale.high_product(e).scaled(-(above + 31 - bits)))
                .saturating_add(low)
                .clamp(low, high),
            None => low,
        });
        made.collect()
    }
}

/// The form with a table of f32: the sum in the order of the elements.
fn by_table(table: &[f32], row: &[i32], y: operands::Side) -> Vec<i32> {
    let max = row.iter().copied().max().unwrap_or(0);
    let exp = |q: &i32| table[(max - q) as usize & 255];
    let sum = row.iter().map(exp).fold(0.0f32, |sum, e| sum + e);
    let inverse = 1.0 / (sum * y.scale);
    let rounded = |e: f32| match y.dtype {
        DType::Uint8 => (e * inverse + 0.5) as i32,
        _ => half_away_f32(e * inverse) as i32,
    };
    row.iter()
        .map(|q| rounded(exp(q)).saturating_add(y.zero))
        .collect()
}

/// The form of 16 bits: e^x for −10 … 0 and 1/(1+x) for 0 … 1 from tables.
struct Tables {
    by: Multiplier,
    exp: [i16; ENTRIES_16],
    inverse: [i16; ENTRIES_16],
}

impl Tables {
    fn new(scale: f64) -> Self {
        let to = (2.0 / 65535.0, 0);
        Self {
            by: Multiplier::of(scale / (10.0 / 65535.0)),
            exp: of_16_bits_in_f64((10.0 / 65535.0, 32767), to, f64::exp),
            inverse: of_16_bits_in_f64((1.0 / 65535.0, -32768), to, |x| 1.0 / (1.0 + x)),
        }
    }

    fn row(&self, row: &[i32]) -> Vec<i32> {
        let saturated = |q: i32| q.clamp(-32768, 32767) as i16;
        let max = row.iter().copied().max().unwrap_or(0);
        let exp = row.iter().map(|q| {
            let distance = self.by.times(q - max).wrapping_add(32767);
            i32::from(look_up_16(&self.exp, saturated(distance)))
        });
        let exp: Vec<i32> = exp.collect();
        let sum = exp.iter().fold(0i32, |sum, e| sum.wrapping_add(*e));
        let headroom = sum.leading_zeros();
        let shifted = (((sum << (headroom.max(1) - 1)).wrapping_add(1 << 13)) >> 14) - (1 << 15) - (1 << 16);
        let inverse = i64::from(look_up_16(&self.inverse, saturated(shifted)));
        let right = 31u32.saturating_sub(headroom).max(1);
        exp.iter()
            .map(|e| (((i64::from(*e) * inverse + (1 << (right - 1))) >> right) as i32).clamp(0, 32767))
            .collect()
    }
}
