//! Kernels that bring many elements together.

use crate::tensor::{Tensor, indices};

/// Elements along some axes become one.
pub fn reduce(x: &Tensor, axes: &Tensor, shape: &[usize], start: f64, with: fn(f64, f64) -> f64) -> Tensor {
    let rank = x.shape.len() as f64;
    let is_reduced = |at: usize| axes.data.iter().any(|axis| (axis + rank) % rank == at as f64);
    let kept: Vec<usize> = x
        .shape
        .iter()
        .enumerate()
        .map(|(at, d)| if is_reduced(at) { 1 } else { *d })
        .collect();
    let mut out = Tensor::new(kept.clone(), vec![start; kept.iter().product()]);
    for index in indices(&x.shape) {
        let to: Vec<usize> = index
            .iter()
            .enumerate()
            .map(|(at, i)| if is_reduced(at) { 0 } else { *i })
            .collect();
        let at = out.at(&to);
        out.data[at] = with(out.data[at], x.get(&index));
    }
    Tensor::new(shape.to_vec(), out.data)
}

/// Rows of the last dimension, each made into another.
pub fn rows(x: &Tensor, row: impl Fn(&[f64]) -> Vec<f64>) -> Tensor {
    let depth = *x.shape.last().unwrap_or(&1);
    Tensor::new(x.shape.clone(), x.data.chunks(depth).flat_map(row).collect())
}

pub fn l2_normalize(row: &[f64]) -> Vec<f64> {
    let length = row.iter().map(|v| v * v).sum::<f64>().sqrt().max(1e-6);
    row.iter().map(|v| v / length).collect()
}

pub fn log_softmax(row: &[f64]) -> Vec<f64> {
    let sum: f64 = row.iter().map(|v| v.exp()).sum();
    row.iter().map(|v| v - sum.ln()).collect()
}

/// Matrices in batches of the same shape.
pub fn batch_matmul(a: &Tensor, b: &Tensor, shape: &[usize]) -> Tensor {
    let rank = shape.len();
    let cell = |index: Vec<usize>| {
        let products = (0..a.shape[rank - 1]).map(|k| {
            let (mut left, mut right) = (index.clone(), index.clone());
            (left[rank - 1], right[rank - 2]) = (k, k);
            a.get(&left) * b.get(&right)
        });
        products.sum()
    };
    Tensor::new(shape.to_vec(), indices(shape).map(cell).collect())
}

/// The place of the largest element along an axis, the first of several.
pub fn arg_max(x: &Tensor, axis: &Tensor, shape: &[usize]) -> Tensor {
    let axis = super::pick::axis(axis.data[0] as i64, x.shape.len());
    let place = |index: Vec<usize>| {
        let at = |n: usize| {
            let mut index = index.clone();
            index.insert(axis, n);
            x.get(&index)
        };
        let better = |best: usize, n: usize| if at(n) > at(best) { n } else { best };
        (0..x.shape[axis]).fold(0, better) as f64
    };
    Tensor::new(shape.to_vec(), indices(shape).map(place).collect())
}
