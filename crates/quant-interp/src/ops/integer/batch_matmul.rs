//! BATCH_MATMUL: sums of products without a bias.

use super::affine::Rescale;
use super::operands;
use super::profile::Profile;
use crate::ops::Call;
use crate::ops::batch_matmul::{geometry, matrices};
use crate::ops::support::{broadcast, options};
use quant_ir::DType;
use quant_ir::error::Result;
use quant_ir::value::Value;
use quant_numeric::fixed::Multiplier;

/// The kernel.
pub fn eval(call: &Call<'_>, profile: Profile) -> Result<Vec<Value>> {
    let options = options::read!(call, BatchMatMulOptions);
    let g = geometry(call)?;
    let (a, b, y) = (
        operands::input(call, 0)?,
        operands::input(call, 1)?,
        operands::output(call, 0)?,
    );
    let real = f64::from(a.scale * b.scale) / f64::from(y.scale);
    let by = Multiplier::of(real);
    let rescale = match a.dtype {
        _ if profile.is_even() => Rescale::even(a, b.scale, y),
        DType::Int16 => Rescale::Wide(by),
        _ => Rescale::Twice(by),
    };
    let left = matrices(
        &operands::integers(call, 0)?,
        g.rows,
        g.depth,
        options.adjoint_lhs,
    );
    let right = matrices(
        &operands::integers(call, 1)?,
        g.columns,
        g.depth,
        !options.adjoint_rhs,
    );
    let places = |shape: &[usize]| {
        let before = &shape[..shape.len() - 2];
        let numbers: Vec<usize> = (0..before.iter().product()).collect();
        broadcast::repeat(before, &numbers, &g.batch)
    };
    let (lefts, rights) = (places(&call.input(0)?.shape), places(&call.input(1)?.shape));
    let mut made = Vec::new();
    for (p, q) in lefts.into_iter().zip(rights) {
        let p = &left[p * g.rows * g.depth..][..g.rows * g.depth];
        let q = &right[q * g.columns * g.depth..][..g.columns * g.depth];
        for row in 0..g.rows {
            for column in 0..g.columns {
                let products = p[row * g.depth..][..g.depth]
                    .iter()
                    .zip(&q[column * g.depth..][..g.depth]);
                let sum: i64 = products
                    .map(|(p, q)| i64::from(p - a.zero) * i64::from(q - b.zero))
                    .sum();
                made.push(rescale.times(sum).wrapping_add(y.zero));
            }
        }
    }
    let mut shape = g.batch;
    shape.extend([g.rows, g.columns]);
    Ok(vec![y.value(shape, made.into_iter(), y.limits())])
}
