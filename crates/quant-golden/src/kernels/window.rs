//! Kernels that move a window: convolution and pooling.

use quant_case::recipe::{Operation, OptionValue};

use super::options::int;
use crate::tensor::{Tensor, indices};

/// Output size and padding before, of one dimension.
pub fn window(
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

pub fn dilation(op: &Operation, axis: char) -> usize {
    int(op, &format!("dilation_{axis}_factor")).map_or(1, |d| d as usize)
}

pub fn pool(op: &Operation, x: &Tensor, fold: impl Fn(&[f64]) -> f64) -> Result<Tensor, String> {
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

pub fn conv(
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
    // A filter that reads a part of the channels belongs to one of as many groups.
    let depth = w.shape[3];
    let first = |output: usize| output * (x.shape[3] / depth) / outputs * depth;
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
                for c in 0..depth {
                    sum +=
                        x.get(&[index[0], row, column, first(index[3]) + c]) * w.get(&[index[3], ky, kx, c]);
                }
            }
        }
        sum
    };
    let data = indices(&shape).map(cell).collect();
    Ok(Tensor::new(shape, data))
}

pub fn fully_connected(x: &Tensor, w: &Tensor, bias: Option<&Tensor>) -> Tensor {
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
pub fn transpose_conv(
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
