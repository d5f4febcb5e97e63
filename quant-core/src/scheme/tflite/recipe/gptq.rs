//! GPTQ (arXiv 2210.17323): columns of weights become integers one after the other, and those behind make up for the
//! error, by the inverse of the Hessian.

use quant_ir::error::{Error, Problem, Result};

use super::coding::Uniform;
use super::hessian::Hessian;
use super::params;
use super::slices::Slices;
use crate::cholesky;

/// Columns that are updated one by one; later ones are updated by a product.
const COLUMNS: usize = 64;

/// Integers of weights of the shape `rows × columns`.
///
/// # Errors
/// The Hessian is of another size, or not positive definite.
pub fn quantize(values: &[f32], slices: Slices, uniform: &Uniform, hessian: &Hessian) -> Result<Vec<i16>> {
    let columns = hessian.size;
    if columns == 0 || !values.len().is_multiple_of(columns) {
        return Err(Error::new(
            "",
            Problem::Shape(format!(
                "{} weights beside activations of {columns} values",
                values.len()
            )),
            "gather Hessians of the same model",
        ));
    }
    let rows = values.len() / columns;
    let inverse = cholesky::inverse_of_damped(hessian.values.clone(), columns).ok_or_else(|| {
        Error::new(
            "",
            Problem::Invalid("the Hessian of the activation beside it is not positive definite".to_owned()),
            "use more data, or another algorithm",
        )
    })?;
    let inverse: Vec<f32> = inverse.into_iter().map(|x| x as f32).collect();
    let (low, high) = uniform.limits();
    let (low, high) = (low as f32, high as f32);
    let scales = uniform.scale.singles();
    let scale = |row: usize, column: usize| scales[(row * columns + column) / slices.inner % slices.count];
    let mut weights = values.to_vec();
    let mut integers = vec![0; values.len()];
    for start in (0..columns).step_by(COLUMNS) {
        let end = (start + COLUMNS).min(columns);
        for row in 0..rows {
            let line = &mut weights[row * columns..(row + 1) * columns];
            let mut errors = [0.0_f32; COLUMNS];
            for column in start..end {
                let scale = scale(row, column);
                let q = params::integer(line[column], scale, 0.0, low, high);
                integers[row * columns + column] = q;
                let inverse = &inverse[column * columns..(column + 1) * columns];
                let error = (line[column] - f32::from(q) * scale) / inverse[column];
                errors[column - start] = error;
                let later = line[column + 1..end].iter_mut().zip(&inverse[column + 1..end]);
                later.for_each(|(weight, h)| *weight -= error * h);
            }
            for (column, weight) in (end..columns).zip(&mut line[end..]) {
                let terms = (start..end).zip(&errors);
                let sum: f64 = terms
                    .map(|(from, error)| f64::from(*error) * f64::from(inverse[from * columns + column]))
                    .sum();
                *weight -= sum as f32;
            }
        }
    }
    Ok(integers)
}
