//! LOGISTIC, TANH, HARD_SWISH.

use super::profile::Profile;
use super::{operands, table16};
use crate::ops::Call;
use crate::ops::support::options;
use quant_ir::DType;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;
use quant_numeric::erf::erfc_f32;
use quant_numeric::fixed::Multiplier;
use quant_numeric::fixed::shift::Word;
use quant_numeric::fixed::table::{Side, look_up_16, of_8_bits, of_16_bits};

/// 1/(1+e^−x).
pub fn logistic(call: &Call<'_>, profile: Profile) -> Result<Vec<Value>> {
    if operands::input(call, 0)?.dtype == DType::Int16 {
        return table16::logistic(call, profile);
    }
    by_table(call, |x| 1.0 / (1.0 + (-x).exp()))
}

/// x, or e^x − 1 below zero.
pub fn elu(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    by_table(call, |x| if x < 0.0 { x.exp_m1() } else { x })
}

/// e^x.
pub fn exp(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    by_table(call, f32::exp)
}

/// ln x; of what is not positive, the lowest integer.
pub fn log(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let y = operands::output(call, 0)?;
    let lowest = (y.limits().0 - y.zero) as f32 * y.scale;
    by_table(call, |x| if x <= 0.0 { lowest } else { x.ln() })
}

/// The normal distribution's function times x, or its approximation by tanh.
pub fn gelu(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    if options::read!(call, GeluOptions).approximate {
        by_table(call, |x| {
            let inner = 0.797_884_6 * (x + 0.044_715 * x * x * x);
            0.5 * x * (1.0 + inner.tanh())
        })
    } else {
        by_table(call, |x| 0.5 * x * erfc_f32(x * -std::f32::consts::FRAC_1_SQRT_2))
    }
}

/// 1/√x of 16-bit integers that are not negative; of 0, the largest integer.
pub fn rsqrt_16(call: &Call<'_>) -> Result<Vec<Value>> {
    let most = 32767.0 * operands::output(call, 0)?.scale;
    by_table(call, |x| if x <= 0.0 { most } else { 1.0 / x.sqrt() })
}

/// tanh x.
pub fn tanh(call: &Call<'_>, profile: Profile) -> Result<Vec<Value>> {
    if operands::input(call, 0)?.dtype == DType::Int16 {
        return table16::tanh(call, profile);
    }
    by_table(call, f32::tanh)
}

fn by_table(call: &Call<'_>, f: impl Fn(f32) -> f32) -> Result<Vec<Value>> {
    let (x, y) = (operands::input(call, 0)?, operands::output(call, 0)?);
    if y.dtype != x.dtype {
        let problem = Problem::NoKernel("its input and output are of different types".into());
        return Err(Error::new(call.place(), problem, "leave it in float"));
    }
    let side = |side: operands::Side| Side {
        scale: side.scale,
        zero_point: side.zero,
    };
    if x.dtype == DType::Int16 {
        let table = of_16_bits((x.scale, x.zero), (y.scale, y.zero), f);
        let made = operands::integers(call, 0)?;
        let made = made.into_iter().map(|q| i32::from(look_up_16(&table, q as i16)));
        return Ok(vec![y.value(call.input(0)?.shape.clone(), made, y.limits())]);
    }
    looked_up(call, &of_8_bits(side(x), side(y), x.limits().0, f), y.limits())
}

/// What a table has for each integer of 8 bits, the lowest first; within `limits`.
pub fn looked_up(call: &Call<'_>, table: &[i32; 256], limits: (i32, i32)) -> Result<Vec<Value>> {
    let (low, y) = (operands::input(call, 0)?.limits().0, operands::output(call, 0)?);
    let made = operands::integers(call, 0)?;
    let made = made.into_iter().map(|q| table[(q - low) as usize & 255]);
    Ok(vec![y.value(call.input(0)?.shape.clone(), made, limits)])
}

/// x · clamp(x + 3, 0, 6) / 6, in words of 16 bits.
pub fn hard_swish(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let (x, y) = (operands::input(call, 0)?, operands::output(call, 0)?);
    if x.dtype == DType::Int16 || y.dtype != x.dtype {
        let problem = Problem::NoKernel("16-bit integers have no kernel".into());
        return Err(Error::new(call.place(), problem, "leave it in float"));
    }
    let high = x.scale / 128.0;
    let output = Multiplier::of(f64::from(high / y.scale));
    let relu = Multiplier::of(f64::from(high / (3.0 / 32768.0)));
    if output.exponent > 0 {
        let problem = Problem::NoKernel("the output's scale is too small beside the input's".into());
        return Err(Error::new(call.place(), problem, "leave it in float"));
    }
    let (by_output, by_relu) = (half(output.mantissa), half(relu.mantissa));
    let integers = operands::integers(call, 0)?;
    let whole = integers.len() / 4 * 4;
    let one = |q: i32, in_vector: bool| {
        let input = ((q - x.zero) * 128) as i16;
        let product = input.high_product(by_output);
        let mut part = input;
        if relu.exponent > 0 {
            part = raised(part, relu.exponent.unsigned_abs() - 1, in_vector);
        }
        part = part.high_product(by_relu);
        if relu.exponent > 0 {
            part = part.saturating_shift_left(1);
        } else {
            part = divided(part, relu.exponent.unsigned_abs());
        }
        // −1 … 1 becomes 0 … 1.
        let part = ((i32::from(part) + (1 << 15)) >> 1) as i16;
        let value = (i32::from(part) * i32::from(product) / (1 << 15)) as i16;
        i32::from(divided(value, output.exponent.unsigned_abs())) + y.zero
    };
    // Of many integers each is computed once.
    let (low, high) = x.limits();
    let tables = (integers.len() > 1024).then(|| {
        [false, true].map(|in_vector| (low..=high).map(|q| one(q, in_vector)).collect::<Vec<i32>>())
    });
    let made = integers.into_iter().enumerate().map(|(at, q)| match &tables {
        Some(tables) => tables[usize::from(at < whole)][(q - low) as usize],
        None => one(q, at < whole),
    });
    let made: Vec<i32> = made.collect();
    Ok(vec![y.value(
        call.input(0)?.shape.clone(),
        made.into_iter(),
        y.limits(),
    )])
}

/// `x·2ⁿ`, saturated, as LiteRT has it in words of 16 bits: 2ⁿ is a word of 32, which is −2³¹ for 31; beyond, single words take
/// n modulo 32, and in a vector of four it is 0.
fn raised(x: i16, n: u32, in_vector: bool) -> i16 {
    let power = if in_vector && n > 31 {
        0
    } else {
        1i32.wrapping_shl(n)
    };
    let product = i64::from(x) * i64::from(power);
    product.clamp(i16::MIN.into(), i16::MAX.into()) as i16
}

/// `x/2ⁿ` as LiteRT has it in words of 16 bits: by 16 bits and more it is 1, of negative numbers −1, because the mask of what is
/// shifted out is −1 then.
fn divided(x: i16, n: u32) -> i16 {
    match n {
        0..16 => x.rounding_shift_right(n),
        _ if x < 0 => -1,
        _ => 1,
    }
}

/// A mantissa of 31 bits in 15, halves up.
fn half(mantissa: i32) -> i16 {
    if mantissa >= i32::MAX - (1 << 15) {
        i16::MAX
    } else {
        ((mantissa + (1 << 15)) >> 16) as i16
    }
}
