//! Index arithmetic of operators that move elements without computing on them.

use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::value::Value;

/// How far one step along each dimension goes in a row-major value.
///
/// The products wrap: they can only overflow when another dimension is 0, and then there are no places.
pub fn strides(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1usize; shape.len()];
    for at in (1..shape.len()).rev() {
        strides[at - 1] = strides[at].wrapping_mul(shape[at]);
    }
    strides
}

/// For each element of a value of `shape`, the sum of what `place(dimension, index)` says of its indices.
pub fn cross(shape: &[usize], place: impl Fn(usize, usize) -> usize) -> Vec<usize> {
    combined(shape, place, 0, |a, b| a + b)
}

/// The same; an element has no place when one of its indices has none.
pub fn cross_open(shape: &[usize], place: impl Fn(usize, usize) -> Option<usize>) -> Vec<Option<usize>> {
    combined(shape, place, Some(0), |a, b| a.zip(b).map(|(a, b)| a + b))
}

fn combined<T: Copy>(
    shape: &[usize],
    place: impl Fn(usize, usize) -> T,
    zero: T,
    add: impl Fn(T, T) -> T,
) -> Vec<T> {
    if shape.contains(&0) {
        return Vec::new();
    }
    let list = |(at, dim): (usize, &usize)| (0..*dim).map(|i| place(at, i)).collect::<Vec<_>>();
    let mut lists: Vec<Vec<T>> = shape.iter().enumerate().map(list).collect();
    let row = lists.pop().unwrap_or_else(|| vec![zero]);
    let rows: usize = lists.iter().map(Vec::len).product();
    let mut places = Vec::with_capacity(rows * row.len());
    for n in 0..rows {
        let (mut rest, mut base) = (n, zero);
        for list in lists.iter().rev() {
            base = add(base, list[rest % list.len()]);
            rest /= list.len();
        }
        places.extend(row.iter().map(|last| add(base, *last)));
    }
    places
}

/// The elements of a value at these places, in another shape.
pub fn moved(value: &Value, shape: Vec<usize>, places: Vec<usize>) -> Value {
    let data = value.data.gather(places);
    Value { shape, data }
}

/// The part of a value that begins at index `from` of dimension `axis`.
pub fn part(value: &Value, axis: usize, from: usize, shape: Vec<usize>) -> Value {
    let strides = strides(&value.shape);
    let places = cross(&shape, |at, i| {
        (if at == axis { i + from } else { i }) * strides[at]
    });
    moved(value, shape, places)
}

/// Dimensions from integers.
///
/// # Errors
/// One is negative.
pub fn dims(list: &[i64], place: &Place) -> Result<Vec<usize>> {
    let dims: Option<Vec<usize>> = list.iter().map(|d| usize::try_from(*d).ok()).collect();
    dims.ok_or_else(|| {
        Error::new(
            place,
            Problem::Operand(format!("sizes {list:?}")),
            "give numbers ≥ 0",
        )
    })
}

/// A product or sum of dimensions that must not overflow.
///
/// # Errors
/// It did.
pub fn checked(dim: Option<usize>, place: &Place) -> Result<usize> {
    dim.ok_or_else(|| {
        Error::limit(
            place,
            "a dimension of its output overflows",
            "correct the operator's inputs",
        )
    })
}

/// An index into a dimension.
///
/// # Errors
/// It is negative or beyond the end.
pub fn index(index: i64, dim: usize, place: &Place) -> Result<usize> {
    let at = usize::try_from(index).ok().filter(|at| *at < dim);
    at.ok_or_else(|| {
        Error::new(
            place,
            Problem::Index { index, dim },
            "give indices from 0 to the dimension less 1",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_a_transposition_and_of_a_frame() {
        assert_eq!(strides(&[2, 3, 4]), [12, 4, 1]);
        assert_eq!(cross(&[3, 2], |at, i| [1, 3][at] * i), [0, 3, 1, 4, 2, 5]);
        assert_eq!(cross(&[], |_, _| 9), [0]);
        assert!(cross(&[0, usize::MAX], |_, i| i).is_empty());
        let frame = cross_open(&[1, 3], |at, i| if at == 0 { Some(0) } else { i.checked_sub(1) });
        assert_eq!(frame, [None, Some(0), Some(1)]);
    }
}
