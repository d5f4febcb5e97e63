//! Kernels whose results are elements of their input, each found by its index.

use ndarray::{Axis, Dimension, IxDyn};
use quant_case::recipe::Operation;

use super::options::int;
use crate::tensor::{Tensor, reshaped};

/// A value whose element at an index is the input's at another.
fn picked(shape: &[usize], x: &Tensor, from: impl Fn(&[usize]) -> Vec<usize>) -> Tensor {
    Tensor::from_shape_fn(IxDyn(shape), |at| x[IxDyn(&from(at.slice()))])
}

/// An axis counted from the front.
pub fn axis(axis: i64, rank: usize) -> usize {
    (axis + rank as i64) as usize % rank
}

pub fn gather(op: &Operation, x: &Tensor, places: &Tensor, shape: &[usize]) -> Result<Tensor, String> {
    let places: Vec<usize> = places.iter().map(|place| *place as usize).collect();
    reshaped(&x.select(Axis(axis(int(op, "axis")?, x.ndim())), &places), shape)
}

pub fn gather_nd(x: &Tensor, places: &Tensor, shape: &[usize]) -> Tensor {
    let count = places.ndim() - 1;
    picked(shape, x, |index| {
        let place = (0..count).fold(places.view(), |places, at| {
            places.index_axis_move(Axis(0), index[at])
        });
        place
            .iter()
            .map(|place| *place as usize)
            .chain(index[count..].iter().copied())
            .collect()
    })
}

pub fn slice(x: &Tensor, begin: &Tensor, strides: Option<&Tensor>, shape: &[usize]) -> Tensor {
    let step = |at: usize| strides.map_or(1.0, |strides| strides[[at]]);
    picked(shape, x, |index| {
        let place = |(at, i): (usize, &usize)| (begin[[at]] + *i as f64 * step(at)) as usize;
        index.iter().enumerate().map(place).collect()
    })
}

pub fn tile(x: &Tensor, shape: &[usize]) -> Tensor {
    picked(shape, x, |index| {
        index.iter().zip(x.shape()).map(|(i, d)| i % d).collect()
    })
}

/// The value between its own reflections; the edge is not repeated.
pub fn mirror_pad(x: &Tensor, paddings: &Tensor, shape: &[usize]) -> Tensor {
    picked(shape, x, |index| {
        let place = |(at, i): (usize, &usize)| {
            let (i, last) = (*i as i64 - paddings[[at, 0]] as i64, x.shape()[at] as i64 - 1);
            (if i.abs() > last {
                2 * last - i.abs()
            } else {
                i.abs()
            }) as usize
        };
        index.iter().enumerate().map(place).collect()
    })
}

pub fn resize_nearest(x: &Tensor, shape: &[usize]) -> Tensor {
    picked(shape, x, |index| {
        let near = |at: usize| index[at] * x.shape()[at] / shape[at];
        vec![index[0], near(1), near(2), index[3]]
    })
}

/// Corners are not aligned, pixels begin at their edge.
pub fn resize_bilinear(x: &Tensor, shape: &[usize]) -> Tensor {
    let place = |at: usize, i: usize| {
        let place = i as f64 * x.shape()[at] as f64 / shape[at] as f64;
        let low = place.floor() as usize;
        (low, (low + 1).min(x.shape()[at] - 1), place - place.floor())
    };
    Tensor::from_shape_fn(IxDyn(shape), |at| {
        let ((top, bottom, down), (left, right, across)) = (place(1, at[1]), place(2, at[2]));
        let row = |row: usize| {
            let get = |column: usize| x[[at[0], row, column, at[3]]];
            get(left) * (1.0 - across) + get(right) * across
        };
        row(top) * (1.0 - down) + row(bottom) * down
    })
}
