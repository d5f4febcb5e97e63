//! ABS, NEG, RSQRT, SQRT.

use super::profile::Profile;
use super::{operands, table};
use crate::ops::Call;
use quant_ir::DType;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;
use quant_numeric::fixed::Multiplier;
use quant_numeric::fixed::inverse_sqrt::inverse_sqrt;

/// |x|, rescaled where the scales differ.
pub fn abs(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let (x, y) = (operands::input(call, 0)?, operands::output(call, 0)?);
    let by = (x.scale.to_bits() != y.scale.to_bits()).then(|| Multiplier::of(f64::from(x.scale / y.scale)));
    let made = operands::integers(call, 0)?.into_iter().map(|q| {
        let q = (q - x.zero).abs();
        by.map_or(q, |by| by.times(q)).wrapping_add(y.zero)
    });
    Ok(vec![y.value(call.input(0)?.shape.clone(), made, y.limits())])
}

/// −q: LiteRT's kernel looks at no zero point, and −128 stays what it is.
pub fn neg(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let side = operands::both(call)?;
    let lowest = side.limits().0;
    let made = operands::integers(call, 0)?
        .into_iter()
        .map(|q| if q == lowest { q } else { -q });
    Ok(vec![side.value(
        call.input(0)?.shape.clone(),
        made,
        side.limits(),
    )])
}

/// √x in f32, cut to an integer.
pub fn sqrt(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let (x, y) = (operands::input(call, 0)?, operands::output(call, 0)?);
    if x.dtype == DType::Uint8 || y.dtype != x.dtype {
        let problem = Problem::NoKernel(format!("{} has no kernel", x.dtype));
        return Err(Error::new(call.place(), problem, "leave it in float"));
    }
    let mut made = Vec::new();
    for q in operands::integers(call, 0)? {
        let root = (x.scale * not_negative(call, q - x.zero)? as f32).sqrt();
        made.push(((root / y.scale) as i32).wrapping_add(y.zero));
    }
    Ok(vec![y.value(
        call.input(0)?.shape.clone(),
        made.into_iter(),
        y.limits(),
    )])
}

fn not_negative(call: &Call<'_>, value: i32) -> Result<i32> {
    if value >= 0 {
        return Ok(value);
    }
    Err(Error::new(
        call.place(),
        Problem::Operand(format!("the root of {value} steps is no number")),
        "record ranges on data that are not negative",
    ))
}

/// 1/√x; of 0, the largest.
pub fn rsqrt(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let (x, y) = (operands::input(call, 0)?, operands::output(call, 0)?);
    if x.dtype == DType::Int16 && y.dtype == DType::Int16 {
        for q in operands::integers(call, 0)? {
            not_negative(call, q - x.zero)?;
        }
        return table::rsqrt_16(call);
    }
    if x.dtype != DType::Int8 {
        let problem = Problem::NoKernel(format!("{} has no kernel", x.dtype));
        return Err(Error::new(call.place(), problem, "leave it in float"));
    }
    let by = Multiplier::of(f64::from(1.0 / (x.scale.sqrt() * y.scale)));
    let shape = call.input(0)?.shape.clone();
    let mut made = Vec::new();
    for q in operands::integers(call, 0)? {
        let value = not_negative(call, q - x.zero)?;
        if value == 0 {
            made.push(y.limits().1);
            continue;
        }
        let root = inverse_sqrt(value);
        // 20 bits behind the point.
        let data = Multiplier {
            exponent: root.exponent + 20,
            ..root
        }
        .times(1);
        let by = Multiplier {
            exponent: by.exponent - 20,
            ..by
        };
        made.push(by.times(data).wrapping_add(y.zero));
    }
    Ok(vec![y.value(shape, made.into_iter(), y.limits())])
}
