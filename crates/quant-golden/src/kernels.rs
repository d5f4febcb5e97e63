//! Naive f64 kernels, one index at a time.

mod options;
mod pick;
mod reduce;
mod shape;
mod window;

use quant_case::recipe::{Operation, OptionValue, Recipe};

use crate::tensor::{Tensor, indices};
use options::{float, int};
use shape::{concatenation, pad, split, transpose};
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
    let optional = |n: usize| inputs.get(n).copied().flatten();
    let result = op.outputs.first().and_then(|name| recipe.operand(name));
    let shape: Vec<usize> = result.map_or_else(Vec::new, |o| o.shape.iter().map(|d| *d as usize).collect());
    let out = match op.kind.as_str() {
        "Add" => elementwise(need(0)?, need(1)?, |x, y| x + y),
        "Sub" => elementwise(need(0)?, need(1)?, |x, y| x - y),
        "Mul" => elementwise(need(0)?, need(1)?, |x, y| x * y),
        "Div" => elementwise(need(0)?, need(1)?, |x, y| x / y),
        "Maximum" => elementwise(need(0)?, need(1)?, f64::max),
        "Minimum" => elementwise(need(0)?, need(1)?, f64::min),
        "PRelu" => elementwise(
            need(0)?,
            need(1)?,
            |x, alpha| if x >= 0.0 { x } else { alpha * x },
        ),
        "Abs" => map(need(0)?, f64::abs),
        "ReLU" => map(need(0)?, |x| x.max(0.0)),
        "ReLU6" => map(need(0)?, |x| x.clamp(0.0, 6.0)),
        "ReLUN1To1" => map(need(0)?, |x| x.clamp(-1.0, 1.0)),
        "HardSwish" => map(need(0)?, |x| x * (x + 3.0).clamp(0.0, 6.0) / 6.0),
        "Exp" => map(need(0)?, f64::exp),
        "Log" => map(need(0)?, f64::ln),
        "Sqrt" => map(need(0)?, f64::sqrt),
        "Rsqrt" => map(need(0)?, |x| 1.0 / x.sqrt()),
        "Neg" => map(need(0)?, |x| -x),
        "Sin" => map(need(0)?, f64::sin),
        "LeakyRelu" => {
            let alpha = float(op, "alpha")?;
            map(need(0)?, |x| if x >= 0.0 { x } else { alpha * x })
        }
        "Logistic" => map(need(0)?, |x| 1.0 / (1.0 + (-x).exp())),
        "Tanh" => map(need(0)?, f64::tanh),
        "Softmax" => softmax(need(0)?, float(op, "beta")?),
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
        "InstanceNorm" => instance_norm(need(0)?, need(1)?, need(2)?, float(op, "epsilon")?),
        "RmsNorm" => rms_norm(need(0)?, need(1)?, float(op, "epsilon")?),
        "Mean" => mean(
            need(0)?,
            need(1)?,
            op.option("keep_dims") == Some(&OptionValue::Bool(true)),
        ),
        "Concatenation" => concatenation(
            &(0..inputs.len()).map(need).collect::<Result<Vec<_>, _>>()?,
            int(op, "axis")?,
        ),
        "Split" => return Ok(split(need(0)?, need(1)?, op.outputs.len())),
        "Pad" => pad(need(0)?, need(1)?, 0.0),
        "PadV2" => pad(need(0)?, need(1)?, need(2)?.data[0]),
        "Transpose" => transpose(need(0)?, need(1)?),
        "Reshape" | "Squeeze" | "ExpandDims" => Tensor::new(shape, need(0)?.data.clone()),
        "SquaredDifference" => elementwise(need(0)?, need(1)?, |x, y| (x - y) * (x - y)),
        "Less" => elementwise(need(0)?, need(1)?, |x, y| f64::from(u8::from(x < y))),
        "Select" | "SelectV2" => {
            let (x, y) = (need(1)?, need(2)?);
            let pairs = need(0)?.data.iter().zip(x.data.iter().zip(&y.data));
            let data = pairs.map(|(which, (x, y))| if *which == 0.0 { *y } else { *x });
            Tensor::new(x.shape.clone(), data.collect())
        }
        "Sum" => reduce::reduce(need(0)?, need(1)?, &shape, 0.0, |x, y| x + y),
        "ReduceMax" => reduce::reduce(need(0)?, need(1)?, &shape, f64::MIN, f64::max),
        "ReduceMin" => reduce::reduce(need(0)?, need(1)?, &shape, f64::MAX, f64::min),
        "ReduceProd" => reduce::reduce(need(0)?, need(1)?, &shape, 1.0, |x, y| x * y),
        "ArgMax" => reduce::arg_max(need(0)?, need(1)?, &shape),
        "L2Normalize" => reduce::rows(need(0)?, reduce::l2_normalize),
        "LogSoftmax" => reduce::rows(need(0)?, reduce::log_softmax),
        "BatchMatMul" => reduce::batch_matmul(need(0)?, need(1)?, &shape),
        "Gather" => pick::gather(op, need(0)?, need(1)?, &shape)?,
        "Slice" => pick::slice(need(0)?, need(1)?, None, &shape),
        "StridedSlice" => pick::slice(need(0)?, need(1)?, Some(need(3)?), &shape),
        "GatherNd" => pick::gather_nd(need(0)?, need(1)?, &shape),
        "SplitV" => return Ok(pick::split_v(need(0)?, need(1)?, need(2)?)),
        "SpaceToBatchND" => pick::space_to_batch(need(0)?, need(1)?, &shape),
        "BatchToSpaceND" => pick::batch_to_space(need(0)?, need(1)?, &shape),
        "ResizeBilinear" => pick::resize_bilinear(need(0)?, &shape),
        "BroadcastTo" | "Tile" => pick::tile(need(0)?, &shape),
        "ReverseV2" => pick::reverse(need(0)?, need(1)?),
        "MirrorPad" => pick::mirror_pad(need(0)?, need(1)?, &shape),
        "ResizeNearestNeighbor" => pick::resize_nearest(need(0)?, &shape),
        "DepthToSpace" => pick::depth_to_space(op, need(0)?, &shape)?,
        "SpaceToDepth" => pick::space_to_depth(op, need(0)?, &shape)?,
        "Pack" => pick::pack(
            op,
            &(0..inputs.len()).map(need).collect::<Result<Vec<_>, _>>()?,
            &shape,
        )?,
        "Unpack" => return pick::unpack(op, need(0)?),
        other => return Err(format!("the oracle has no kernel for {other}")),
    };
    Ok(vec![fuse(op, out)])
}

fn fuse(op: &Operation, out: Tensor) -> Tensor {
    match op.option("activation") {
        Some(OptionValue::Word(word)) => match word.as_str() {
            "RELU" => map(&out, |x| x.max(0.0)),
            "RELU6" => map(&out, |x| x.clamp(0.0, 6.0)),
            "RELU_N1_TO_1" => map(&out, |x| x.clamp(-1.0, 1.0)),
            "TANH" => map(&out, f64::tanh),
            _ => out,
        },
        _ => out,
    }
}

fn map(x: &Tensor, f: impl Fn(f64) -> f64) -> Tensor {
    Tensor::new(x.shape.clone(), x.data.iter().map(|x| f(*x)).collect())
}

/// Both values repeated along their dimensions of 1.
fn elementwise(a: &Tensor, b: &Tensor, f: impl Fn(f64, f64) -> f64) -> Tensor {
    let rank = a.shape.len().max(b.shape.len());
    let pad = |t: &Tensor| [vec![1; rank - t.shape.len()], t.shape.clone()].concat();
    let (a, b) = (
        Tensor::new(pad(a), a.data.clone()),
        Tensor::new(pad(b), b.data.clone()),
    );
    let shape: Vec<usize> = a.shape.iter().zip(&b.shape).map(|(x, y)| *x.max(y)).collect();
    let pick = |t: &Tensor, index: &[usize]| {
        let index: Vec<usize> = index
            .iter()
            .zip(&t.shape)
            .map(|(i, dim)| if *dim == 1 { 0 } else { *i })
            .collect();
        t.get(&index)
    };
    let data = indices(&shape)
        .map(|index| f(pick(&a, &index), pick(&b, &index)))
        .collect();
    Tensor::new(shape, data)
}

fn softmax(x: &Tensor, beta: f64) -> Tensor {
    let depth = *x.shape.last().unwrap_or(&1);
    let rows = x.data.chunks(depth).flat_map(|row| {
        let sum: f64 = row.iter().map(|x| (x * beta).exp()).sum();
        row.iter().map(move |x| (x * beta).exp() / sum)
    });
    Tensor::new(x.shape.clone(), rows.collect())
}

fn instance_norm(x: &Tensor, gamma: &Tensor, beta: &Tensor, epsilon: f64) -> Tensor {
    let pixels = (x.shape[1] * x.shape[2]) as f64;
    let data = indices(&x.shape).map(|index| {
        let all = indices(&x.shape).filter(|other| other[0] == index[0] && other[3] == index[3]);
        let values: Vec<f64> = all.map(|other| x.get(&other)).collect();
        let mean = values.iter().sum::<f64>() / pixels;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / pixels;
        gamma.data[index[3]] * (x.get(&index) - mean) / (variance + epsilon).sqrt() + beta.data[index[3]]
    });
    Tensor::new(x.shape.clone(), data.collect())
}

fn rms_norm(x: &Tensor, gamma: &Tensor, epsilon: f64) -> Tensor {
    let size = gamma.data.len();
    let rows = x.data.chunks(size).flat_map(|row| {
        let rms = (row.iter().map(|v| v * v).sum::<f64>() / size as f64 + epsilon).sqrt();
        row.iter().zip(&gamma.data).map(move |(v, gamma)| gamma * v / rms)
    });
    Tensor::new(x.shape.clone(), rows.collect())
}

fn mean(x: &Tensor, axes: &Tensor, keep: bool) -> Tensor {
    let rank = x.shape.len() as f64;
    let reduced: Vec<bool> = (0..x.shape.len())
        .map(|at| axes.data.iter().any(|axis| (axis + rank) % rank == at as f64))
        .collect();
    let kept: Vec<usize> = x
        .shape
        .iter()
        .zip(&reduced)
        .map(|(d, r)| if *r { 1 } else { *d })
        .collect();
    let mut sums = Tensor::zeros(kept.clone());
    for index in indices(&x.shape) {
        let to: Vec<usize> = index
            .iter()
            .zip(&reduced)
            .map(|(i, r)| if *r { 0 } else { *i })
            .collect();
        let at = sums.at(&to);
        sums.data[at] += x.get(&index);
    }
    let count = x.data.len() as f64 / sums.data.len() as f64;
    let shape = if keep {
        kept
    } else {
        x.shape
            .iter()
            .zip(&reduced)
            .filter(|(_, r)| !**r)
            .map(|(d, _)| *d)
            .collect()
    };
    Tensor::new(shape, sums.data.iter().map(|sum| sum / count).collect())
}
