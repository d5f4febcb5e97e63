//! Kernels that bring many elements together.

use ndarray::{Axis, IxDyn};

use super::pick::axis;
use crate::tensor::Tensor;

/// Elements along some axes become one; the axes stay, of one element.
pub fn reduce(x: &Tensor, axes: &Tensor, start: f64, with: fn(f64, f64) -> f64) -> Tensor {
    axes.iter().fold(x.clone(), |x, at| {
        let at = Axis(axis(*at as i64, x.ndim()));
        x.fold_axis(at, start, |a, b| with(*a, *b)).insert_axis(at)
    })
}

/// Sums by how many elements there are in each.
pub fn mean(x: &Tensor, axes: &Tensor) -> Tensor {
    let sums = reduce(x, axes, 0.0, |x, y| x + y);
    let count = x.len() as f64 / sums.len() as f64;
    sums / count
}

/// Rows of the last dimension, each made into another.
pub fn rows(x: &Tensor, row: impl Fn(&[f64]) -> Vec<f64>) -> Tensor {
    let mut made = x.clone();
    for mut lane in made.rows_mut() {
        let new = row(&lane.to_vec());
        lane.iter_mut().zip(new).for_each(|(x, new)| *x = new);
    }
    made
}

pub fn softmax(row: &[f64], beta: f64) -> Vec<f64> {
    let sum: f64 = row.iter().map(|x| (x * beta).exp()).sum();
    row.iter().map(|x| (x * beta).exp() / sum).collect()
}

pub fn log_softmax(row: &[f64]) -> Vec<f64> {
    let sum: f64 = row.iter().map(|v| v.exp()).sum();
    row.iter().map(|v| v - sum.ln()).collect()
}

pub fn l2_normalize(row: &[f64]) -> Vec<f64> {
    let length = row.iter().map(|v| v * v).sum::<f64>().sqrt().max(1e-6);
    row.iter().map(|v| v / length).collect()
}

pub fn rms_norm(row: &[f64], gamma: &Tensor, epsilon: f64) -> Vec<f64> {
    let rms = (row.iter().map(|v| v * v).sum::<f64>() / row.len() as f64 + epsilon).sqrt();
    row.iter().zip(gamma).map(|(v, gamma)| gamma * v / rms).collect()
}

/// Every channel of an image by its own mean and deviation.
pub fn instance_norm(x: &Tensor, gamma: &Tensor, beta: &Tensor, epsilon: f64) -> Tensor {
    let mut made = x.clone();
    for mut image in made.outer_iter_mut() {
        for ((mut channel, gamma), beta) in image.axis_iter_mut(Axis(2)).zip(gamma).zip(beta) {
            let pixels = channel.len() as f64;
            let mean = channel.sum() / pixels;
            let variance = channel.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / pixels;
            channel.mapv_inplace(|x| gamma * (x - mean) / (variance + epsilon).sqrt() + beta);
        }
    }
    made
}

/// Matrices in batches of the same shape.
pub fn batch_matmul(a: &Tensor, b: &Tensor, shape: &[usize]) -> Tensor {
    let rank = shape.len();
    Tensor::from_shape_fn(IxDyn(shape), |at| {
        let products = (0..a.shape()[rank - 1]).map(|k| {
            let (mut left, mut right) = (at.clone(), at.clone());
            (left[rank - 1], right[rank - 2]) = (k, k);
            a[left] * b[right]
        });
        products.sum()
    })
}

/// The place of the largest element along an axis, the first of several.
pub fn arg_max(x: &Tensor, along: &Tensor) -> Tensor {
    let along = along.iter().next().map_or(0, |along| *along as i64);
    x.map_axis(Axis(axis(along, x.ndim())), |lane| {
        let better = |best: usize, n: usize| if lane[n] > lane[best] { n } else { best };
        (0..lane.len()).fold(0, better) as f64
    })
}
