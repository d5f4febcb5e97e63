//! Kernels that move a window over an image `[batch, row, column, channel]`: convolution and pooling.

use ndarray::{Axis, IxDyn};
use quant_case::recipe::{Operation, OptionValue};

use super::options::int;
use crate::tensor::{Tensor, elements};
use crate::window::{self, Window, taps};

/// The windows along rows and columns.
fn windows(op: &Operation, image: &[usize], kernel: [usize; 2]) -> Result<[Window; 2], String> {
    let along = |axis: char, input: usize, kernel: usize| {
        let stride = int(op, &format!("stride_{axis}"))? as usize;
        let dilation = int(op, &format!("dilation_{axis}_factor")).map_or(1, |d| d as usize);
        let valid = op.option("padding") == Some(&OptionValue::Word("VALID".into()));
        Ok::<_, String>(if valid {
            Window::new(input, kernel, stride, dilation, [0, 0])
        } else {
            Window::same(input, kernel, stride, dilation)
        })
    };
    Ok([along('h', image[1], kernel[0])?, along('w', image[2], kernel[1])?])
}

pub fn pool(op: &Operation, x: &Tensor, fold: impl Fn(&[f64]) -> f64) -> Result<Tensor, String> {
    let kernel = [
        int(op, "filter_height")? as usize,
        int(op, "filter_width")? as usize,
    ];
    Ok(window::pool(x, &windows(op, x.shape(), kernel)?, fold))
}

/// With weights `[output, row, column, input]`, or `[1, row, column, output]` where each channel has its own.
pub fn conv(
    op: &Operation,
    x: &Tensor,
    w: &Tensor,
    bias: Option<&Tensor>,
    depthwise: bool,
) -> Result<Tensor, String> {
    let windows = windows(op, x.shape(), [w.shape()[1], w.shape()[2]])?;
    let (channels, depth) = (x.shape()[3], w.shape()[3]);
    let outputs = if depthwise { depth } else { w.shape()[0] };
    let multiplier = outputs / channels;
    // A filter that reads a part of the channels belongs to one of as many groups.
    let first = |output: usize| output * (channels / depth) / outputs * depth;
    let bias = bias.map(elements);
    let shape = [x.shape()[0], windows[0].outputs, windows[1].outputs, outputs];
    Ok(Tensor::from_shape_fn(IxDyn(&shape), |at| {
        let mut sum = bias.as_ref().map_or(0.0, |bias| bias[at[3]]);
        for ([row, column], [i, j]) in taps(windows.each_ref(), at[1], at[2]) {
            if depthwise {
                sum += x[[at[0], row, column, at[3] / multiplier]] * w[[0, i, j, at[3]]];
            } else {
                for c in 0..depth {
                    sum += x[[at[0], row, column, first(at[3]) + c]] * w[[at[3], i, j, c]];
                }
            }
        }
        sum
    }))
}

/// Rows of as many elements as the weights `[output, input]` have inputs.
pub fn fully_connected(x: &Tensor, w: &Tensor, bias: Option<&Tensor>) -> Tensor {
    let (outputs, inputs) = (w.shape()[0], w.shape()[1]);
    let (x, bias) = (elements(x), bias.map(elements));
    Tensor::from_shape_fn(IxDyn(&[x.len() / inputs, outputs]), |at| {
        let start = bias.as_ref().map_or(0.0, |bias| bias[at[1]]);
        let row = x[at[0] * inputs..][..inputs].iter();
        row.zip(w.index_axis(Axis(0), at[1]))
            .fold(start, |sum, (x, w)| sum + x * w)
    })
}

/// Every element is spread over what a convolution would have seen for it.
pub fn transpose_conv(
    op: &Operation,
    shape: &Tensor,
    w: &Tensor,
    x: &Tensor,
    bias: Option<&Tensor>,
) -> Result<Tensor, String> {
    let shape: Vec<usize> = shape.iter().map(|d| *d as usize).collect();
    let windows = windows(op, &shape, [w.shape()[1], w.shape()[2]])?;
    let bias = bias.map(elements);
    let mut made = Tensor::from_shape_fn(IxDyn(&shape), |at| bias.as_ref().map_or(0.0, |bias| bias[at[3]]));
    for (at, x) in x.indexed_iter() {
        for ([row, column], [i, j]) in taps(windows.each_ref(), at[1], at[2]) {
            for output in 0..shape[3] {
                made[[at[0], row, column, output]] += x * w[[output, i, j, at[3]]];
            }
        }
    }
    Ok(made)
}
