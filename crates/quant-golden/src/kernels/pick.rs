//! Kernels whose results are elements of their input, each found by its index.

use super::options::int;
use crate::tensor::{Tensor, indices};
use quant_case::recipe::Operation;

/// A value whose element at an index is the input's at another.
fn picked(shape: &[usize], x: &Tensor, from: impl Fn(&[usize]) -> Vec<usize>) -> Tensor {
    let data = indices(shape).map(|index| x.get(&from(&index))).collect();
    Tensor::new(shape.to_vec(), data)
}

/// An axis counted from the front.
pub fn axis(axis: i64, rank: usize) -> usize {
    (axis + rank as i64) as usize % rank
}

pub fn gather(op: &Operation, x: &Tensor, places: &Tensor, shape: &[usize]) -> Result<Tensor, String> {
    let axis = axis(int(op, "axis")?, x.shape.len());
    let count = places.shape.len();
    Ok(picked(shape, x, |index| {
        let place = places.get(&index[axis..axis + count]) as usize;
        [&index[..axis], &[place], &index[axis + count..]].concat()
    }))
}

pub fn slice(x: &Tensor, begin: &Tensor, strides: Option<&Tensor>, shape: &[usize]) -> Tensor {
    let step = |at: usize| strides.map_or(1.0, |strides| strides.data[at]);
    picked(shape, x, |index| {
        let place = |(at, i): (usize, &usize)| (begin.data[at] + *i as f64 * step(at)) as usize;
        index.iter().enumerate().map(place).collect()
    })
}

pub fn tile(x: &Tensor, shape: &[usize]) -> Tensor {
    picked(shape, x, |index| {
        index.iter().zip(&x.shape).map(|(i, d)| i % d).collect()
    })
}

pub fn reverse(x: &Tensor, axes: &Tensor) -> Tensor {
    let reversed: Vec<usize> = axes.data.iter().map(|a| axis(*a as i64, x.shape.len())).collect();
    picked(&x.shape, x, |index| {
        let place = |(at, i): (usize, &usize)| {
            if reversed.contains(&at) {
                x.shape[at] - 1 - i
            } else {
                *i
            }
        };
        index.iter().enumerate().map(place).collect()
    })
}

/// The value between its own reflections; the edge is not repeated.
pub fn mirror_pad(x: &Tensor, paddings: &Tensor, shape: &[usize]) -> Tensor {
    picked(shape, x, |index| {
        let place = |(at, i): (usize, &usize)| {
            let (i, last) = (*i as i64 - paddings.data[2 * at] as i64, x.shape[at] as i64 - 1);
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
        let near = |at: usize| index[at] * x.shape[at] / shape[at];
        vec![index[0], near(1), near(2), index[3]]
    })
}

pub fn depth_to_space(op: &Operation, x: &Tensor, shape: &[usize]) -> Result<Tensor, String> {
    let block = int(op, "block_size")? as usize;
    Ok(picked(shape, x, |index| {
        let (row, column) = (index[1] % block, index[2] % block);
        vec![
            index[0],
            index[1] / block,
            index[2] / block,
            (row * block + column) * shape[3] + index[3],
        ]
    }))
}

pub fn space_to_depth(op: &Operation, x: &Tensor, shape: &[usize]) -> Result<Tensor, String> {
    let block = int(op, "block_size")? as usize;
    Ok(picked(shape, x, |index| {
        let (cell, depth) = (index[3] / x.shape[3], index[3] % x.shape[3]);
        vec![
            index[0],
            index[1] * block + cell / block,
            index[2] * block + cell % block,
            depth,
        ]
    }))
}

pub fn pack(op: &Operation, parts: &[&Tensor], shape: &[usize]) -> Result<Tensor, String> {
    let axis = axis(int(op, "axis")?, shape.len());
    let data = indices(shape).map(|mut index| {
        let part = index.remove(axis);
        parts[part].get(&index)
    });
    Ok(Tensor::new(shape.to_vec(), data.collect()))
}

pub fn unpack(op: &Operation, x: &Tensor) -> Result<Vec<Tensor>, String> {
    let axis = axis(int(op, "axis")?, x.shape.len());
    let mut shape = x.shape.clone();
    let count = shape.remove(axis);
    let part = |n: usize| {
        picked(&shape, x, |index| {
            let mut index = index.to_vec();
            index.insert(axis, n);
            index
        })
    };
    Ok((0..count).map(part).collect())
}

pub fn gather_nd(x: &Tensor, places: &Tensor, shape: &[usize]) -> Tensor {
    let depth = *places.shape.last().unwrap_or(&1);
    let count = places.shape.len() - 1;
    picked(shape, x, |index| {
        let place = |n: usize| places.get(&[&index[..count], &[n]].concat()) as usize;
        (0..depth)
            .map(place)
            .chain(index[count..].iter().copied())
            .collect()
    })
}

pub fn split_v(x: &Tensor, sizes: &Tensor, along: &Tensor) -> Vec<Tensor> {
    let axis = axis(along.data[0] as i64, x.shape.len());
    let mut begin = 0;
    let part = |size: &f64| {
        let mut shape = x.shape.clone();
        shape[axis] = *size as usize;
        let part = picked(&shape, x, |index| {
            let mut index = index.to_vec();
            index[axis] += begin;
            index
        });
        begin += shape[axis];
        part
    };
    sizes.data.iter().map(part).collect()
}

/// Without padding.
pub fn space_to_batch(x: &Tensor, block: &Tensor, shape: &[usize]) -> Tensor {
    let (rows, columns) = (block.data[0] as usize, block.data[1] as usize);
    picked(shape, x, |index| {
        let cell = index[0] / x.shape[0];
        let (row, column) = (
            index[1] * rows + cell / columns,
            index[2] * columns + cell % columns,
        );
        vec![index[0] % x.shape[0], row, column, index[3]]
    })
}

/// Without crops.
pub fn batch_to_space(x: &Tensor, block: &Tensor, shape: &[usize]) -> Tensor {
    let (rows, columns) = (block.data[0] as usize, block.data[1] as usize);
    picked(shape, x, |index| {
        let cell = index[1] % rows * columns + index[2] % columns;
        vec![
            cell * shape[0] + index[0],
            index[1] / rows,
            index[2] / columns,
            index[3],
        ]
    })
}

/// Corners are not aligned, pixels begin at their edge.
pub fn resize_bilinear(x: &Tensor, shape: &[usize]) -> Tensor {
    let place = |at: usize, i: usize| {
        let place = i as f64 * x.shape[at] as f64 / shape[at] as f64;
        let low = place.floor() as usize;
        (low, (low + 1).min(x.shape[at] - 1), place - place.floor())
    };
    let cell = |index: Vec<usize>| {
        let ((top, bottom, down), (left, right, across)) = (place(1, index[1]), place(2, index[2]));
        let row = |row: usize| {
            let get = |column: usize| x.get(&[index[0], row, column, index[3]]);
            get(left) * (1.0 - across) + get(right) * across
        };
        row(top) * (1.0 - down) + row(bottom) * down
    };
    Tensor::new(shape.to_vec(), indices(shape).map(cell).collect())
}
