//! The place of an extreme along one axis.

use quant_schema::TensorType;

use super::elementwise;
use crate::ops::Call;
use crate::ops::concatenation::resolve;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::{Data, Value};

fn axis(call: &Call<'_>) -> Result<usize> {
    let axes = call.ints(1)?;
    let &[axis] = axes.as_slice() else {
        return Err(Error::new(
            call.place(),
            Problem::Count(format!("{} axes", axes.len())),
            "give one axis",
        ));
    };
    resolve(axis, call.input(0)?.shape.len(), &call.place())
}

/// The input's shape without the axis.
pub fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let axis = axis(call)?;
    let mut shape = call.input(0)?.shape.clone();
    if shape.remove(axis) == 0 {
        return Err(Error::new(
            call.place(),
            Problem::Count(format!("axis {axis} has no elements")),
            "give at least one",
        ));
    }
    Ok(vec![shape])
}

/// The first place along the axis that no other is `wanted` than: `Greater` for the maximum, `Less` for the minimum.
///
/// NaN is never the place, unless there is nothing else.
pub fn eval(call: &Call<'_>, wanted: std::cmp::Ordering, output: TensorType) -> Result<Vec<Value>> {
    let axis = axis(call)?;
    let shape = shape(call)?.swap_remove(0);
    let input = call.input(0)?;
    let (size, inner) = (input.shape[axis], input.shape[axis + 1..].iter().product());
    let places = match &input.data {
        Data::F32(data) => places(data, size, inner, |a, b| {
            a.partial_cmp(&b) == Some(wanted) || (b.is_nan() && !a.is_nan())
        }),
        Data::F16(data) => places(data, size, inner, |a, b| {
            a.partial_cmp(&b) == Some(wanted) || (b.is_nan() && !a.is_nan())
        }),
        Data::I32(data) => places(data, size, inner, |a, b| a.cmp(&b) == wanted),
        Data::I64(data) => places(data, size, inner, |a, b| a.cmp(&b) == wanted),
        Data::I16(data) => places(data, size, inner, |a, b| a.cmp(&b) == wanted),
        Data::I8(data) => places(data, size, inner, |a, b| a.cmp(&b) == wanted),
        Data::U8(data) => places(data, size, inner, |a, b| a.cmp(&b) == wanted),
        Data::Bool(data) => places(data, size, inner, |a, b| a.cmp(&b) == wanted),
        Data::C64(_) => return Err(elementwise::wrong_type(call, "numbers that have an order")),
    };
    let data = match output {
        TensorType::INT32 => Data::I32(places.into_iter().map(|at| at as i32).collect()),
        TensorType::INT64 => Data::I64(places.into_iter().map(|at| at as i64).collect()),
        other => {
            return Err(Error::new(
                call.place(),
                Problem::Type(format!(
                    "output type {}",
                    other.variant_name().unwrap_or("of unknown number")
                )),
                "use INT32 or INT64",
            ));
        }
    };
    Ok(vec![Value { shape, data }])
}

/// For blocks of `size` rows of `inner` elements: the row of the best element of each column.
fn places<T: Copy>(data: &[T], size: usize, inner: usize, better: impl Fn(T, T) -> bool) -> Vec<usize> {
    let mut out = Vec::new();
    for block in data.chunks_exact((size * inner).max(1)) {
        for column in 0..inner {
            let value = |row: usize| block[row * inner + column];
            out.push((1..size).fold(0, |best, row| {
                if better(value(row), value(best)) {
                    row
                } else {
                    best
                }
            }));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_equals_along_the_axis() {
        let data = [3, 1, 3, 5, 0, 5];
        assert_eq!(places(&data, 3, 1, |a, b| a > b), [0, 0]);
        assert_eq!(places(&data, 2, 3, |a, b| a > b), [1, 0, 1]);
        assert_eq!(places(&data, 1, 6, |a, b| a < b), [0; 6]);
        assert_eq!(places(&data[..0], 2, 0, |a, b| a > b), [0; 0]);
    }
}
