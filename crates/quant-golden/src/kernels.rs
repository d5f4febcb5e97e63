//! Naive f64 kernels.

mod options;
mod pick;
mod reduce;
mod shape;
mod window;

use ndarray::IxDyn;
use quant_case::recipe::{Operation, OptionValue, Recipe};

use crate::tensor::{Tensor, reshaped, tensor};
use options::float;
use reduce::{mean, reduce, rows};
use shape::{concatenation, pad, transpose};
use window::{conv, fully_connected, pool, transpose_conv};

/// The outputs of one operation.
pub fn run(op: &Operation, inputs: &[Option<&Tensor>], recipe: &Recipe) -> Result<Vec<Tensor>, String> {
    let need = |n: usize| {
        inputs
            .get(n)
            .copied()
            .flatten()
            .ok_or_else(|| format!("{} lacks input {n}", op.kind))
    };
    let all = || (0..inputs.len()).map(need).collect::<Result<Vec<_>, _>>();
    let optional = |n: usize| inputs.get(n).copied().flatten();
    let result = op.outputs.first().and_then(|name| recipe.operand(name));
    let shape: Vec<usize> = result.map_or_else(Vec::new, |o| o.shape.iter().map(|d| *d as usize).collect());
    let out = match op.kind.as_str() {
        "Add" => elementwise(need(0)?, need(1)?, |x, y| x + y)?,
        "Sub" => elementwise(need(0)?, need(1)?, |x, y| x - y)?,
        "Mul" => elementwise(need(0)?, need(1)?, |x, y| x * y)?,
        "Div" => elementwise(need(0)?, need(1)?, |x, y| x / y)?,
        "Maximum" => elementwise(need(0)?, need(1)?, f64::max)?,
        "Minimum" => elementwise(need(0)?, need(1)?, f64::min)?,
        "PRelu" => elementwise(
            need(0)?,
            need(1)?,
            |x, alpha| if x >= 0.0 { x } else { alpha * x },
        )?,
        "Abs" => need(0)?.mapv(f64::abs),
        "ReLU" => need(0)?.mapv(|x| x.max(0.0)),
        "ReLU6" => need(0)?.mapv(|x| x.clamp(0.0, 6.0)),
        "ReLUN1To1" => need(0)?.mapv(|x| x.clamp(-1.0, 1.0)),
        "HardSwish" => need(0)?.mapv(|x| x * (x + 3.0).clamp(0.0, 6.0) / 6.0),
        "Exp" => need(0)?.mapv(f64::exp),
        "Log" => need(0)?.mapv(f64::ln),
        "Sqrt" => need(0)?.mapv(f64::sqrt),
        "Rsqrt" => need(0)?.mapv(|x| 1.0 / x.sqrt()),
        "Neg" => need(0)?.mapv(|x| -x),
        "Sin" => need(0)?.mapv(f64::sin),
        "LeakyRelu" => {
            let alpha = float(op, "alpha")?;
            need(0)?.mapv(|x| if x >= 0.0 { x } else { alpha * x })
        }
        "Logistic" => need(0)?.mapv(|x| 1.0 / (1.0 + (-x).exp())),
        "Tanh" => need(0)?.mapv(f64::tanh),
        "Softmax" => {
            let beta = float(op, "beta")?;
            rows(need(0)?, |row| reduce::softmax(row, beta))
        }
        "AveragePool2D" => pool(op, need(0)?, |values| {
            values.iter().sum::<f64>() / values.len() as f64
        })?,
        "MaxPool2D" => pool(op, need(0)?, |values| {
            values.iter().copied().fold(f64::MIN, f64::max)
        })?,
        "Conv2D" => conv(op, need(0)?, need(1)?, optional(2), false)?,
        "DepthwiseConv2D" => conv(op, need(0)?, need(1)?, optional(2), true)?,
        "FullyConnected" => fully_connected(need(0)?, need(1)?, optional(2)),
        "TransposeConv" => transpose_conv(op, need(0)?, need(1)?, need(2)?, optional(3))?,
        "InstanceNorm" => reduce::instance_norm(need(0)?, need(1)?, need(2)?, float(op, "epsilon")?),
        "RmsNorm" => {
            let (gamma, epsilon) = (need(1)?, float(op, "epsilon")?);
            rows(need(0)?, |row| reduce::rms_norm(row, gamma, epsilon))
        }
        "Mean" => reshaped(&mean(need(0)?, need(1)?), &shape)?,
        "Concatenation" => concatenation(op, &all()?)?,
        "Split" => return Ok(shape::split(need(0)?, need(1)?, op.outputs.len())),
        "Pad" => pad(need(0)?, need(1)?, 0.0),
        "PadV2" => pad(need(0)?, need(1)?, need(2)?.sum()),
        "Transpose" => transpose(need(0)?, need(1)?),
        "Reshape" | "Squeeze" | "ExpandDims" => reshaped(need(0)?, &shape)?,
        "SquaredDifference" => elementwise(need(0)?, need(1)?, |x, y| (x - y) * (x - y))?,
        "Less" => elementwise(need(0)?, need(1)?, |x, y| f64::from(u8::from(x < y)))?,
        "Select" | "SelectV2" => {
            let (x, y) = (need(1)?, need(2)?);
            let pairs = need(0)?.iter().zip(x.iter().zip(y));
            let picked = pairs.map(|(which, (x, y))| if *which == 0.0 { *y } else { *x });
            tensor(x.shape(), picked.collect())?
        }
        "Sum" => reshaped(&reduce(need(0)?, need(1)?, 0.0, |x, y| x + y), &shape)?,
        "ReduceMax" => reshaped(&reduce(need(0)?, need(1)?, f64::MIN, f64::max), &shape)?,
        "ReduceMin" => reshaped(&reduce(need(0)?, need(1)?, f64::MAX, f64::min), &shape)?,
        "ReduceProd" => reshaped(&reduce(need(0)?, need(1)?, 1.0, |x, y| x * y), &shape)?,
        "ArgMax" => reshaped(&reduce::arg_max(need(0)?, need(1)?), &shape)?,
        "L2Normalize" => rows(need(0)?, reduce::l2_normalize),
        "LogSoftmax" => rows(need(0)?, reduce::log_softmax),
        "BatchMatMul" => reduce::batch_matmul(need(0)?, need(1)?, &shape),
        "Gather" => pick::gather(op, need(0)?, need(1)?, &shape)?,
        "Slice" => pick::slice(need(0)?, need(1)?, None, &shape),
        "StridedSlice" => pick::slice(need(0)?, need(1)?, Some(need(3)?), &shape),
        "GatherNd" => pick::gather_nd(need(0)?, need(1)?, &shape),
        "SplitV" => return Ok(shape::split_v(need(0)?, need(1)?, need(2)?)),
        "SpaceToBatchND" => shape::space_to_batch(need(0)?, need(1)?, &shape)?,
        "BatchToSpaceND" => shape::batch_to_space(need(0)?, need(1)?, &shape)?,
        "ResizeBilinear" => pick::resize_bilinear(need(0)?, &shape),
        "BroadcastTo" | "Tile" => pick::tile(need(0)?, &shape),
        "ReverseV2" => shape::reverse(need(0)?, need(1)?),
        "MirrorPad" => pick::mirror_pad(need(0)?, need(1)?, &shape),
        "ResizeNearestNeighbor" => pick::resize_nearest(need(0)?, &shape),
        "DepthToSpace" => shape::depth_to_space(op, need(0)?, &shape)?,
        "SpaceToDepth" => shape::space_to_depth(op, need(0)?, &shape)?,
        "Pack" => shape::pack(op, &all()?)?,
        "Unpack" => return shape::unpack(op, need(0)?),
        other => return Err(format!("the oracle has no kernel for {other}")),
    };
    Ok(vec![fuse(op, out)])
}

fn fuse(op: &Operation, out: Tensor) -> Tensor {
    match op.option("activation") {
        Some(OptionValue::Word(word)) => match word.as_str() {
            "RELU" => out.mapv(|x| x.max(0.0)),
            "RELU6" => out.mapv(|x| x.clamp(0.0, 6.0)),
            "RELU_N1_TO_1" => out.mapv(|x| x.clamp(-1.0, 1.0)),
            "TANH" => out.mapv(f64::tanh),
            _ => out,
        },
        _ => out,
    }
}

/// Both values repeated along their dimensions of 1.
fn elementwise(a: &Tensor, b: &Tensor, f: impl Fn(f64, f64) -> f64) -> Result<Tensor, String> {
    let rank = a.ndim().max(b.ndim());
    let size = |x: &Tensor, at: usize| (at + x.ndim()).checked_sub(rank).map_or(1, |at| x.shape()[at]);
    let shape: Vec<usize> = (0..rank).map(|at| size(a, at).max(size(b, at))).collect();
    let (Some(a), Some(b)) = (a.broadcast(IxDyn(&shape)), b.broadcast(IxDyn(&shape))) else {
        return Err(format!(
            "shapes {:?} and {:?} do not go together",
            a.shape(),
            b.shape()
        ));
    };
    tensor(&shape, a.iter().zip(b).map(|(x, y)| f(*x, *y)).collect())
}
