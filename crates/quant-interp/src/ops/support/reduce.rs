//! Folding a value along some of its dimensions.

use super::options;
use crate::ops::Call;
use crate::ops::concatenation::resolve;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::{Data, Value};

/// The start and the step of a fold, for each type of number.
pub struct Folds {
    /// Of floats.
    pub f32: (f32, fn(f32, f32) -> f32),
    /// Of 32-bit integers.
    pub i32: (i32, fn(i32, i32) -> i32),
    /// Of 64-bit integers.
    pub i64: (i64, fn(i64, i64) -> i64),
}

/// For each dimension of input 0, whether input 1 names it. No axes mean none; naming one twice is naming it.
pub fn reduced(call: &Call<'_>) -> Result<Vec<bool>> {
    let rank = call.input(0)?.shape.len();
    let mut reduced = vec![false; rank];
    for axis in call.ints(1)? {
        reduced[resolve(axis, rank, &call.place())?] = true;
    }
    Ok(reduced)
}

/// The input's shape without the reduced dimensions, or with 1 in their places.
pub fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let keep = options::read!(call, ReducerOptions).keep_dims;
    let dims = call.input(0)?.shape.iter().zip(reduced(call)?);
    Ok(vec![
        dims.filter(|(_, reduced)| keep || !reduced)
            .map(|(d, reduced)| if reduced { 1 } else { *d })
            .collect(),
    ])
}

/// Folds numbers of any type that `folds` has.
pub fn eval(call: &Call<'_>, folds: &Folds) -> Result<Vec<Value>> {
    let shape = shape(call)?.swap_remove(0);
    let input = call.input(0)?;
    let (dims, reduced) = (&input.shape, reduced(call)?);
    let data = match &input.data {
        Data::F32(data) => Data::F32(fold(dims, &reduced, data, folds.f32.0, folds.f32.1).into()),
        Data::I32(data) => Data::I32(fold(dims, &reduced, data, folds.i32.0, folds.i32.1)),
        Data::I64(data) => Data::I64(fold(dims, &reduced, data, folds.i64.0, folds.i64.1)),
        _ => {
            return Err(Error::new(
                call.place(),
                Problem::NoKernelType {
                    index: 0,
                    found: input.dtype(),
                    expected: "float32, int32 or int64",
                },
                "record and quantize start from a float model",
            ));
        }
    };
    Ok(vec![Value { shape, data }])
}

/// Folds the elements of a value of shape `dims` along the reduced dimensions, in the order of the elements.
pub fn fold<T: Copy>(
    dims: &[usize],
    reduced: &[bool],
    data: &[T],
    start: T,
    with: impl Fn(T, T) -> T,
) -> Vec<T> {
    // Neighbouring dimensions are folded run by run.
    if let Some(first) = reduced.iter().position(|reduced| *reduced) {
        let count = reduced[first..].iter().take_while(|reduced| **reduced).count();
        if !reduced[first + count..].contains(&true) && !dims.contains(&0) {
            let along: usize = dims[first..first + count].iter().product();
            let inner: usize = dims[first + count..].iter().product();
            let mut out = vec![start; data.len() / along];
            for (out, data) in out.chunks_exact_mut(inner).zip(data.chunks_exact(along * inner)) {
                for row in data.chunks_exact(inner) {
                    for (out, x) in out.iter_mut().zip(row) {
                        *out = with(*out, *x);
                    }
                }
            }
            return out;
        }
    }
    // How far the output moves for one step along each input dimension.
    let mut steps = vec![0usize; dims.len()];
    let mut step = 1;
    for at in (0..dims.len()).rev().filter(|at| !reduced[*at]) {
        steps[at] = step;
        step *= dims[at];
    }
    let mut out = vec![start; step];
    let mut index = vec![0usize; dims.len()];
    let mut to = 0;
    for x in data {
        out[to] = with(out[to], *x);
        for at in (0..dims.len()).rev() {
            index[at] += 1;
            to += steps[at];
            if index[at] < dims[at] {
                break;
            }
            to -= steps[at] * dims[at];
            index[at] = 0;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_inner_outer_all_and_no_dimensions() {
        let sum = |reduced: [bool; 2]| fold(&[2, 3], &reduced, &[1, 2, 3, 4, 5, 6], 0, |a, b| a + b);
        assert_eq!(sum([false, true]), [6, 15]);
        assert_eq!(sum([true, false]), [5, 7, 9]);
        assert_eq!(sum([true, true]), [21]);
        assert_eq!(sum([false, false]), [1, 2, 3, 4, 5, 6]);
        assert_eq!(fold(&[2, 0], &[false, true], &[], 7, |a: i32, b| a + b), [7, 7]);
    }
}
