//! Kernels that move values without changing them.

use crate::tensor::{Tensor, indices};

pub fn concatenation(parts: &[&Tensor], axis: i64) -> Tensor {
    let rank = parts[0].shape.len() as i64;
    let axis = ((axis + rank) % rank) as usize;
    let mut shape = parts[0].shape.clone();
    shape[axis] = parts.iter().map(|part| part.shape[axis]).sum();
    let cell = |mut index: Vec<usize>| {
        for part in parts {
            if index[axis] < part.shape[axis] {
                return part.get(&index);
            }
            index[axis] -= part.shape[axis];
        }
        f64::NAN
    };
    let data = indices(&shape).map(cell).collect();
    Tensor::new(shape, data)
}

pub fn split(axis: &Tensor, x: &Tensor, parts: usize) -> Vec<Tensor> {
    let rank = x.shape.len() as i64;
    let axis = ((axis.data[0] as i64 + rank) % rank) as usize;
    let mut shape = x.shape.clone();
    shape[axis] /= parts;
    let part = |n: usize| {
        let cells = indices(&shape).map(|mut index| {
            index[axis] += n * shape[axis];
            x.get(&index)
        });
        Tensor::new(shape.clone(), cells.collect())
    };
    (0..parts).map(part).collect()
}

pub fn pad(x: &Tensor, paddings: &Tensor, value: f64) -> Tensor {
    let before: Vec<usize> = paddings.data.chunks(2).map(|p| p[0] as usize).collect();
    let shape: Vec<usize> = x
        .shape
        .iter()
        .zip(paddings.data.chunks(2))
        .map(|(d, p)| d + p[0] as usize + p[1] as usize)
        .collect();
    let mut out = Tensor::zeros(shape);
    out.data.fill(value);
    for index in indices(&x.shape) {
        let to: Vec<usize> = index.iter().zip(&before).map(|(i, b)| i + b).collect();
        let at = out.at(&to);
        out.data[at] = x.get(&index);
    }
    out
}

pub fn transpose(x: &Tensor, order: &Tensor) -> Tensor {
    let order: Vec<usize> = order.data.iter().map(|at| *at as usize).collect();
    let mut out = Tensor::zeros(order.iter().map(|at| x.shape[*at]).collect());
    for index in indices(&x.shape) {
        let to: Vec<usize> = order.iter().map(|at| index[*at]).collect();
        let at = out.at(&to);
        out.data[at] = x.get(&index);
    }
    out
}
