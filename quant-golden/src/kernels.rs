//! Naive f64 kernels, one index at a time.

use quant_case::recipe::{Operation, OptionValue, Recipe};

use crate::tensor::{Tensor, indices};

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
        "Pad" => pad(need(0)?, need(1)?),
        "Transpose" => transpose(need(0)?, need(1)?),
        "Reshape" => {
            let shape = op
                .outputs
                .first()
                .and_then(|name| recipe.operand(name))
                .map(|o| o.shape.clone())
                .unwrap_or_default();
            Tensor::new(shape.iter().map(|d| *d as usize).collect(), need(0)?.data.clone())
        }
        other => return Err(format!("the oracle has no kernel for {other}")),
    };
    Ok(vec![fuse(op, out)])
}

fn int(op: &Operation, name: &str) -> Result<i64, String> {
    match op.option(name) {
        Some(OptionValue::Int(x)) => Ok(*x),
        _ => Err(format!("{} has no `{name}`", op.kind)),
    }
}

fn float(op: &Operation, name: &str) -> Result<f64, String> {
    match op.option(name) {
        Some(OptionValue::Float(x)) => Ok(f64::from(*x)),
        _ => Err(format!("{} has no `{name}`", op.kind)),
    }
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

/// Output size and padding before, of one dimension.
fn window(
    op: &Operation,
    axis: char,
    input: usize,
    size: usize,
    dilation: usize,
) -> Result<(usize, i64, usize), String> {
    let stride = int(op, &format!("stride_{axis}"))? as usize;
    let reach = (size - 1) * dilation + 1;
    if op.option("padding") == Some(&OptionValue::Word("VALID".into())) {
        return Ok(((input - reach) / stride + 1, 0, stride));
    }
    let output = input.div_ceil(stride);
    let total = ((output - 1) * stride + reach) as i64 - input as i64;
    Ok((output, total.max(0) / 2, stride))
}

fn dilation(op: &Operation, axis: char) -> usize {
    int(op, &format!("dilation_{axis}_factor")).map_or(1, |d| d as usize)
}

fn pool(op: &Operation, x: &Tensor, fold: impl Fn(&[f64]) -> f64) -> Result<Tensor, String> {
    let (fh, fw) = (
        int(op, "filter_height")? as usize,
        int(op, "filter_width")? as usize,
    );
    let (oh, top, sh) = window(op, 'h', x.shape[1], fh, 1)?;
    let (ow, left, sw) = window(op, 'w', x.shape[2], fw, 1)?;
    let shape = vec![x.shape[0], oh, ow, x.shape[3]];
    let cell = |index: Vec<usize>| {
        let mut values = Vec::new();
        for (dy, dx) in (0..fh).flat_map(|y| (0..fw).map(move |x| (y, x))) {
            let (y, column) = (
                (index[1] * sh + dy) as i64 - top,
                (index[2] * sw + dx) as i64 - left,
            );
            if (0..x.shape[1] as i64).contains(&y) && (0..x.shape[2] as i64).contains(&column) {
                values.push(x.get(&[index[0], y as usize, column as usize, index[3]]));
            }
        }
        fold(&values)
    };
    let data = indices(&shape).map(cell).collect();
    Ok(Tensor::new(shape, data))
}

fn conv(
    op: &Operation,
    x: &Tensor,
    w: &Tensor,
    bias: Option<&Tensor>,
    depthwise: bool,
) -> Result<Tensor, String> {
    let (kh, kw) = (w.shape[1], w.shape[2]);
    let (dh, dw) = (dilation(op, 'h'), dilation(op, 'w'));
    let (oh, top, sh) = window(op, 'h', x.shape[1], kh, dh)?;
    let (ow, left, sw) = window(op, 'w', x.shape[2], kw, dw)?;
    let outputs = if depthwise { w.shape[3] } else { w.shape[0] };
    let multiplier = outputs / x.shape[3];
    let shape = vec![x.shape[0], oh, ow, outputs];
    let cell = |index: Vec<usize>| {
        let mut sum = bias.map_or(0.0, |bias| bias.data[index[3]]);
        for (ky, kx) in (0..kh).flat_map(|y| (0..kw).map(move |x| (y, x))) {
            let (row, column) = (
                (index[1] * sh + ky * dh) as i64 - top,
                (index[2] * sw + kx * dw) as i64 - left,
            );
            if !(0..x.shape[1] as i64).contains(&row) || !(0..x.shape[2] as i64).contains(&column) {
                continue;
            }
            let (row, column) = (row as usize, column as usize);
            if depthwise {
                sum += x.get(&[index[0], row, column, index[3] / multiplier]) * w.get(&[0, ky, kx, index[3]]);
            } else {
                for c in 0..x.shape[3] {
                    sum += x.get(&[index[0], row, column, c]) * w.get(&[index[3], ky, kx, c]);
                }
            }
        }
        sum
    };
    let data = indices(&shape).map(cell).collect();
    Ok(Tensor::new(shape, data))
}

fn fully_connected(x: &Tensor, w: &Tensor, bias: Option<&Tensor>) -> Tensor {
    let (outputs, inputs) = (w.shape[0], w.shape[1]);
    let rows = x.data.len() / inputs;
    let shape = vec![rows, outputs];
    let cell = |index: Vec<usize>| {
        let start = bias.map_or(0.0, |bias| bias.data[index[1]]);
        (0..inputs).fold(start, |sum, i| {
            sum + x.data[index[0] * inputs + i] * w.get(&[index[1], i])
        })
    };
    let data = indices(&shape).map(cell).collect();
    Tensor::new(shape, data)
}

/// The sum of all products that reach an output element, seen from the output.
fn transpose_conv(
    op: &Operation,
    shape: &Tensor,
    w: &Tensor,
    x: &Tensor,
    bias: Option<&Tensor>,
) -> Result<Tensor, String> {
    let shape: Vec<usize> = shape.data.iter().map(|d| *d as usize).collect();
    let (_, top, sh) = window(op, 'h', shape[1], w.shape[1], 1)?;
    let (_, left, sw) = window(op, 'w', shape[2], w.shape[2], 1)?;
    let cell = |index: Vec<usize>| {
        let mut sum = bias.map_or(0.0, |bias| bias.data[index[3]]);
        for (y, column) in (0..x.shape[1]).flat_map(|y| (0..x.shape[2]).map(move |x| (y, x))) {
            let ky = index[1] as i64 + top - (y * sh) as i64;
            let kx = index[2] as i64 + left - (column * sw) as i64;
            if (0..w.shape[1] as i64).contains(&ky) && (0..w.shape[2] as i64).contains(&kx) {
                for c in 0..x.shape[3] {
                    sum += x.get(&[index[0], y, column, c]) * w.get(&[index[3], ky as usize, kx as usize, c]);
                }
            }
        }
        sum
    };
    let data = indices(&shape).map(cell).collect();
    Ok(Tensor::new(shape, data))
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

fn concatenation(parts: &[&Tensor], axis: i64) -> Tensor {
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

fn split(axis: &Tensor, x: &Tensor, parts: usize) -> Vec<Tensor> {
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

fn pad(x: &Tensor, paddings: &Tensor) -> Tensor {
    let before: Vec<usize> = paddings.data.chunks(2).map(|p| p[0] as usize).collect();
    let shape: Vec<usize> = x
        .shape
        .iter()
        .zip(paddings.data.chunks(2))
        .map(|(d, p)| d + p[0] as usize + p[1] as usize)
        .collect();
    let mut out = Tensor::zeros(shape);
    for index in indices(&x.shape) {
        let to: Vec<usize> = index.iter().zip(&before).map(|(i, b)| i + b).collect();
        let at = out.at(&to);
        out.data[at] = x.get(&index);
    }
    out
}

fn transpose(x: &Tensor, order: &Tensor) -> Tensor {
    let order: Vec<usize> = order.data.iter().map(|at| *at as usize).collect();
    let mut out = Tensor::zeros(order.iter().map(|at| x.shape[*at]).collect());
    for index in indices(&x.shape) {
        let to: Vec<usize> = order.iter().map(|at| index[*at]).collect();
        let at = out.at(&to);
        out.data[at] = x.get(&index);
    }
    out
}
