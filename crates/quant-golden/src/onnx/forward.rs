//! An ONNX graph in f64, channels first; what each operator makes is rounded to f32.

use std::collections::BTreeMap;

use ndarray::{Axis, IxDyn, concatenate};
use quant_case::recipe::{Filler, Operation, OptionValue, Recipe};

use crate::tensor::{Tensor, reshaped, tensor};
use crate::window::{Window, taps};

/// All float values of a run.
pub(super) fn run(recipe: &Recipe, record: &[Vec<f64>]) -> Result<BTreeMap<String, Tensor>, String> {
    let mut values = BTreeMap::new();
    for operand in &recipe.operands {
        let elements = match (
            &operand.filler,
            recipe.inputs.iter().position(|name| *name == operand.name),
        ) {
            (Some(Filler::Float(values)), _) => values.iter().map(|x| f64::from(*x)).collect(),
            (Some(Filler::Int(values)), _) => values.iter().map(|x| *x as f64).collect(),
            (None, Some(input)) => record[input].clone(),
            _ => continue,
        };
        let shape: Vec<usize> = operand.shape.iter().map(|size| *size as usize).collect();
        let value = tensor(&shape, elements).map_err(|error| format!("`{}`: {error}", operand.name))?;
        values.insert(operand.name.clone(), value);
    }
    for operation in &recipe.operations {
        let mut made = one(operation, &values)?;
        made.mapv_inplace(|x| f64::from(x as f32));
        values.insert(operation.outputs[0].clone(), made);
    }
    Ok(values)
}

fn one(operation: &Operation, values: &BTreeMap<String, Tensor>) -> Result<Tensor, String> {
    let given = |at: usize| operation.inputs.get(at).and_then(|name| values.get(name));
    let input = |at: usize| given(at).ok_or_else(|| format!("{} has no input {at}", operation.kind));
    let x = input(0)?;
    let last = x.ndim().saturating_sub(1);
    Ok(match operation.kind.as_str() {
        "Conv" => convolution(operation, x, input(1)?, given(2)),
        "Gemm" => {
            let turned = |name: &str, array: &Tensor| match int(operation, name, 0) {
                0 => array.clone(),
                _ => array.t().to_owned(),
            };
            let product =
                matmul(&turned("transA", x), &turned("transB", input(1)?))? * float(operation, "alpha", 1.0);
            match given(2) {
                Some(bias) => product + bias * float(operation, "beta", 1.0),
                None => product,
            }
        }
        "MatMul" => matmul(x, input(1)?)?,
        "Add" => x + input(1)?,
        "Sub" => x - input(1)?,
        "Mul" => x * input(1)?,
        "Relu" => x.mapv(|x| x.max(0.0)),
        "Tanh" => x.mapv(f64::tanh),
        "Sigmoid" => x.mapv(|x| 1.0 / (1.0 + (-x).exp())),
        "LeakyRelu" => {
            let slope = float(operation, "alpha", 0.01);
            x.mapv(|x| if x < 0.0 { slope * x } else { x })
        }
        "Clip" => {
            let end = |at, open| given(at).and_then(|end| end.first().copied()).unwrap_or(open);
            let (low, high) = (end(1, f64::NEG_INFINITY), end(2, f64::INFINITY));
            x.mapv(|x| x.max(low).min(high))
        }
        "Softmax" => {
            let axis = Axis(place(int(operation, "axis", -1), x.ndim()));
            let mut made = x.clone();
            for mut lane in made.lanes_mut(axis) {
                let most = lane.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                lane.mapv_inplace(|x| (x - most).exp());
                let sum = lane.sum();
                lane.mapv_inplace(|x| x / sum);
            }
            made
        }
        "MaxPool" => pool(operation, x, |window| {
            window.iter().copied().fold(f64::NEG_INFINITY, f64::max)
        }),
        "AveragePool" => pool(operation, x, |window| {
            window.iter().sum::<f64>() / window.len() as f64
        }),
        "GlobalAveragePool" => {
            let mut mean = x.clone();
            for axis in 2..x.ndim() {
                let sum = mean.sum_axis(Axis(axis)).insert_axis(Axis(axis));
                mean = sum / x.shape()[axis] as f64;
            }
            mean
        }
        "Concat" => {
            let parts = (0..operation.inputs.len()).map(|at| Ok(input(at)?.view()));
            let parts = parts.collect::<Result<Vec<_>, String>>()?;
            let axis = Axis(place(int(operation, "axis", 0), x.ndim()));
            concatenate(axis, &parts).map_err(|error| error.to_string())?
        }
        "Transpose" => {
            let turned: Vec<usize> = (0..=last).rev().collect();
            x.clone().permuted_axes(ints(operation, "perm").unwrap_or(turned))
        }
        "Flatten" => {
            let (before, behind) = x.shape().split_at(place(int(operation, "axis", 1), x.ndim()));
            reshaped(x, &[before.iter().product(), behind.iter().product()])?
        }
        "Reshape" => {
            let wanted: Vec<f64> = input(1)?.iter().copied().collect();
            let kept = |(axis, size): (usize, &f64)| {
                if *size == 0.0 {
                    x.shape()[axis] as f64
                } else {
                    *size
                }
            };
            let wanted: Vec<f64> = wanted.iter().enumerate().map(kept).collect();
            let known: f64 = wanted.iter().filter(|size| **size > 0.0).product();
            let size = |size: &f64| {
                if *size < 0.0 {
                    x.len() / known as usize
                } else {
                    *size as usize
                }
            };
            reshaped(x, &wanted.iter().map(size).collect::<Vec<_>>())?
        }
        other => return Err(format!("the oracle does not run {other}")),
    })
}

/// An axis that may be counted from the end.
fn place(axis: i64, rank: usize) -> usize {
    if axis < 0 {
        (axis + rank as i64) as usize
    } else {
        axis as usize
    }
}

/// Matrices, one of each batch with one of the other's, or each with the same.
fn matmul(a: &Tensor, b: &Tensor) -> Result<Tensor, String> {
    let batches = |array: &Tensor| -> Vec<usize> { array.shape()[..array.ndim() - 2].to_vec() };
    if a.ndim() < 2 || b.ndim() < 2 || (b.ndim() > 2 && batches(a) != batches(b)) {
        return Err("the oracle multiplies matrices of equal batches alone".to_owned());
    }
    let (rows, inner, columns) = (
        a.shape()[a.ndim() - 2],
        a.shape()[a.ndim() - 1],
        b.shape()[b.ndim() - 1],
    );
    let batch = batches(a);
    let count: usize = batch.iter().product();
    let left = a
        .to_shape((count, rows, inner))
        .map_err(|error| error.to_string())?;
    let of_right = b.len() / (inner * columns);
    let right = b
        .to_shape((of_right, inner, columns))
        .map_err(|error| error.to_string())?;
    let products = (0..count).flat_map(|at| {
        let product = left
            .index_axis(Axis(0), at)
            .dot(&right.index_axis(Axis(0), at % of_right));
        product.into_iter().collect::<Vec<f64>>()
    });
    tensor(&[batch.as_slice(), &[rows, columns]].concat(), products.collect())
}

/// The windows along the axes of an image `[batch, channel, row, column]`.
fn windows(operation: &Operation, x: &Tensor, kernel: [usize; 2]) -> [Window; 2] {
    let pair = |name: &str| ints(operation, name).map_or([1, 1], |all| [all[0], all[1]]);
    let (strides, dilations) = (pair("strides"), pair("dilations"));
    let pads = ints(operation, "pads").unwrap_or_else(|| vec![0; 4]);
    std::array::from_fn(|at| {
        let padding = [pads[at], pads[at + 2]];
        Window::new(x.shape()[at + 2], kernel[at], strides[at], dilations[at], padding)
    })
}

fn convolution(operation: &Operation, x: &Tensor, weights: &Tensor, bias: Option<&Tensor>) -> Tensor {
    let [out, inner, height, width] = [0, 1, 2, 3].map(|axis| weights.shape()[axis]);
    let windows = windows(operation, x, [height, width]);
    let of_group = out / int(operation, "group", 1) as usize;
    let shape = [x.shape()[0], out, windows[0].outputs, windows[1].outputs];
    Tensor::from_shape_fn(IxDyn(&shape), |at| {
        let channel = at[1];
        let mut sum = bias.map_or(0.0, |bias| bias[[channel]]);
        for ([row, column], [i, j]) in taps(windows.each_ref(), at[2], at[3]) {
            for c in 0..inner {
                sum += x[[at[0], channel / of_group * inner + c, row, column]] * weights[[channel, c, i, j]];
            }
        }
        sum
    })
}

fn pool(operation: &Operation, x: &Tensor, of: impl Fn(&[f64]) -> f64) -> Tensor {
    let kernel = ints(operation, "kernel_shape").map_or([1, 1], |all| [all[0], all[1]]);
    let windows = windows(operation, x, kernel);
    let shape = [x.shape()[0], x.shape()[1], windows[0].outputs, windows[1].outputs];
    Tensor::from_shape_fn(IxDyn(&shape), |at| {
        let places = taps(windows.each_ref(), at[2], at[3]);
        let window = places.map(|([row, column], _)| x[[at[0], at[1], row, column]]);
        of(&window.collect::<Vec<_>>())
    })
}

/// A whole number of an attribute.
pub(super) fn int(operation: &Operation, name: &str, absent: i64) -> i64 {
    match operation.option(name) {
        Some(OptionValue::Int(value)) => *value,
        _ => absent,
    }
}

/// A number of an attribute.
pub(super) fn float(operation: &Operation, name: &str, absent: f64) -> f64 {
    match operation.option(name) {
        Some(OptionValue::Float(value)) => f64::from(*value),
        _ => absent,
    }
}

fn ints(operation: &Operation, name: &str) -> Option<Vec<usize>> {
    match operation.option(name) {
        Some(OptionValue::Ints(values)) => Some(values.iter().map(|value| *value as usize).collect()),
        _ => None,
    }
}
