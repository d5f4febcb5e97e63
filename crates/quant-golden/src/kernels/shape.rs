//! Kernels that move values without changing them, axis by axis.

use ndarray::{Axis, IxDyn, Slice, concatenate, stack};
use quant_case::recipe::Operation;

use super::options::int;
use super::pick::axis;
use crate::tensor::{Tensor, reshaped};

pub fn concatenation(op: &Operation, parts: &[&Tensor]) -> Result<Tensor, String> {
    let axis = axis(int(op, "axis")?, parts[0].ndim());
    let parts: Vec<_> = parts.iter().map(|part| part.view()).collect();
    concatenate(Axis(axis), &parts).map_err(|error| error.to_string())
}

pub fn pack(op: &Operation, parts: &[&Tensor]) -> Result<Tensor, String> {
    let axis = axis(int(op, "axis")?, parts[0].ndim() + 1);
    let parts: Vec<_> = parts.iter().map(|part| part.view()).collect();
    stack(Axis(axis), &parts).map_err(|error| error.to_string())
}

pub fn unpack(op: &Operation, x: &Tensor) -> Result<Vec<Tensor>, String> {
    let axis = axis(int(op, "axis")?, x.ndim());
    Ok(x.axis_iter(Axis(axis)).map(|part| part.to_owned()).collect())
}

pub fn split(along: &Tensor, x: &Tensor, parts: usize) -> Vec<Tensor> {
    let axis = first_axis(along, x.ndim());
    let size = x.shape()[axis] / parts;
    let parts = x.axis_chunks_iter(Axis(axis), size);
    parts.map(|part| part.to_owned()).collect()
}

pub fn split_v(x: &Tensor, sizes: &Tensor, along: &Tensor) -> Vec<Tensor> {
    let (axis, mut begin) = (first_axis(along, x.ndim()), 0);
    let part = |size: &f64| {
        let end = begin + *size as usize;
        let part = x.slice_axis(Axis(axis), Slice::from(begin..end));
        begin = end;
        part.to_owned()
    };
    sizes.iter().map(part).collect()
}

fn first_axis(along: &Tensor, rank: usize) -> usize {
    axis(along.iter().next().map_or(0, |along| *along as i64), rank)
}

pub fn pad(x: &Tensor, paddings: &Tensor, value: f64) -> Tensor {
    let sizes = x.shape().iter().enumerate();
    let shape: Vec<usize> = sizes
        .map(|(at, size)| size + paddings[[at, 0]] as usize + paddings[[at, 1]] as usize)
        .collect();
    let mut made = Tensor::from_elem(IxDyn(&shape), value);
    made.slice_each_axis_mut(|along| {
        let at = along.axis.index();
        let before = paddings[[at, 0]] as usize;
        Slice::from(before..before + x.shape()[at])
    })
    .assign(x);
    made
}

pub fn transpose(x: &Tensor, order: &Tensor) -> Tensor {
    let order: Vec<usize> = order.iter().map(|at| *at as usize).collect();
    x.clone().permuted_axes(order)
}

pub fn reverse(x: &Tensor, axes: &Tensor) -> Tensor {
    let mut made = x.clone();
    for at in axes {
        made.invert_axis(Axis(axis(*at as i64, x.ndim())));
    }
    made
}

/// Some axes split in two, all put in an order, and those that then stand together joined to `shape`.
fn folded(x: &Tensor, split: &[usize], order: &[usize], shape: &[usize]) -> Result<Tensor, String> {
    reshaped(&reshaped(x, split)?.permuted_axes(order.to_vec()), shape)
}

pub fn depth_to_space(op: &Operation, x: &Tensor, shape: &[usize]) -> Result<Tensor, String> {
    let (block, of) = (int(op, "block_size")? as usize, x.shape());
    let split = [of[0], of[1], of[2], block, block, shape[3]];
    folded(x, &split, &[0, 1, 3, 2, 4, 5], shape)
}

pub fn space_to_depth(op: &Operation, x: &Tensor, shape: &[usize]) -> Result<Tensor, String> {
    let block = int(op, "block_size")? as usize;
    let split = [shape[0], shape[1], block, shape[2], block, x.shape()[3]];
    folded(x, &split, &[0, 1, 3, 2, 4, 5], shape)
}

/// Without padding.
pub fn space_to_batch(x: &Tensor, block: &Tensor, shape: &[usize]) -> Result<Tensor, String> {
    let (rows, columns) = (block[[0]] as usize, block[[1]] as usize);
    let split = [x.shape()[0], shape[1], rows, shape[2], columns, shape[3]];
    folded(x, &split, &[2, 4, 0, 1, 3, 5], shape)
}

/// Without crops.
pub fn batch_to_space(x: &Tensor, block: &Tensor, shape: &[usize]) -> Result<Tensor, String> {
    let (rows, columns) = (block[[0]] as usize, block[[1]] as usize);
    let split = [rows, columns, shape[0], x.shape()[1], x.shape()[2], shape[3]];
    folded(x, &split, &[2, 3, 0, 4, 1, 5], shape)
}
